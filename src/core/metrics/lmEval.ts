/**
 * Results of EleutherAI's lm-evaluation-harness: one file per evaluated checkpoint, with all its tasks. Up to version 0.3 a
 * score is called `acc`, later `acc,none`: behind the comma is the filter of the answers.
 */
import { MetricLogBuilder, noMetrics, stepIn, type MetricLog } from './log';
import { isRecord, type LogRecord } from './records';

export function isLmEval(value: unknown): value is LogRecord {
  if (!isRecord(value) || !isRecord(value['results'])) return false;
  const tasks = Object.values(value['results']);
  return (
    tasks.length > 0 && tasks.every(isRecord) && (isRecord(value['config']) || isRecord(value['versions']))
  );
}

/**
 * @param stepOf see {@link readJsonLog}.
 * @throws NeuroMfaError `unsupported` where nothing gives the step.
 */
export function readLmEval(
  path: string,
  value: LogRecord,
  stepOf: (path: string) => number | null,
): MetricLog {
  const step = [...modelsIn(value), path].map(stepOf).find((each) => each !== null);
  if (step === undefined) {
    throw noMetrics(
      path,
      'the step of the evaluated checkpoint is unknown: neither the revision or path in config.model_args nor the names of the file and its folders give it',
    );
  }
  const builder = new MetricLogBuilder(path);
  const shots = new Map<string, number>();
  for (const [task, scores] of Object.entries(value['results'] as LogRecord)) {
    for (const [key, score] of Object.entries(scores as LogRecord)) {
      const [name, filter] = key.split(',', 2) as [string, string?];
      // Its standard error says how well the score is known, and the length of the sample what it is made of.
      if (typeof score !== 'number' || name.endsWith('_stderr') || name === 'sample_len') continue;
      const metric = `${task}/${filter === undefined || filter === 'none' ? name : key}`;
      builder.add(metric, step, score);
      const count = shotsOf(value, task);
      if (count !== null) shots.set(metric, count);
    }
  }
  const model = modelWithRevision(value);
  return { ...builder.log('lm-eval', 'no task in it has a score'), shots, ...(model !== null && { model }) };
}

/** Up to version 0.3 one number for all tasks, later one of each. */
function shotsOf(value: LogRecord, task: string): number | null {
  const [ofTasks, config] = [value['n-shot'], value['config']];
  const own = isRecord(ofTasks) ? stepIn(ofTasks[task]) : null;
  return own ?? (isRecord(config) ? stepIn(config['num_fewshot']) : null);
}

/** Whatever names the evaluated checkpoint, the surest first: its revision, its path, the model's name. */
function modelsIn(value: LogRecord): string[] {
  const args = modelArguments(value);
  // What was evaluated is the adapter: the revision and the path are those of the model that it changes.
  const adapter = [args['peft'], args['delta']].filter((each) => each !== undefined && each !== '');
  const config = isRecord(value['config']) ? value['config'] : {};
  const plain = [args['revision'], args['pretrained'], value['model_name'], config['model_name']];
  return (adapter.length > 0 ? adapter : plain).filter((each): each is string => typeof each === 'string');
}

/** The model whose revisions are evaluated; null where a path names the checkpoint. */
function modelWithRevision(value: LogRecord): string | null {
  const { revision, pretrained, peft, delta } = modelArguments(value);
  const isStated = [revision, pretrained].every((each) => typeof each === 'string') && !peft && !delta;
  return isStated && revision !== 'main' ? (pretrained as string) : null;
}

function modelArguments(value: LogRecord): LogRecord {
  const config = isRecord(value['config']) ? value['config'] : {};
  const given = config['model_args'];
  return isRecord(given) ? given : argumentsIn(typeof given === 'string' ? given : '');
}

/** `pretrained=…,revision=…` */
function argumentsIn(text: string): LogRecord {
  return Object.fromEntries(
    text.split(',').flatMap((part) => {
      const at = part.indexOf('=');
      return at < 0 ? [] : [[part.slice(0, at).trim(), part.slice(at + 1).trim()]];
    }),
  );
}
