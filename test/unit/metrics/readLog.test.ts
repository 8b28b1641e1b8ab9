import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { crc32c } from '../../../src/core/metrics/crc32c';
import { readLog } from '../../../src/core/metrics/readLog';
import { metricsAt } from '../../../src/core/metrics/runMetrics';
import { stepNamedIn } from '../../../src/core/metrics/findLogs';
import { NeuroMfaError } from '../../../src/protocol/errors';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'neuromfa-metrics-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(name: string, content: string | Uint8Array): string {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** What a file tells, as plain data. */
function told(path: string, run = 'run'): Record<string, [number, number][]> {
  const { metrics } = readLog(path, { name: run, stepOf: stepNamedIn({ path: root, checkpoints: [] }) });
  return Object.fromEntries([...metrics].map(([name, values]) => [name, [...values]]));
}

function refusal(path: string): NeuroMfaError {
  try {
    told(path);
  } catch (error) {
    if (error instanceof NeuroMfaError) {
      expect(error.data.subject).toBe(path);
      expect(error.data.nextStep).not.toBe('');
      return error;
    }
    throw error;
  }
  throw new Error('it was read');
}

describe('logs of records', () => {
  it('reads epochs apart from metrics', () => {
    const path = write('log.jsonl', '{"step":1,"epoch":0.5,"loss":2}\n{"step":2,"epoch":-1,"loss":1}\n');
    const { metrics, epochs } = readLog(path, { name: 'run', stepOf: () => null });
    expect([...metrics.keys()]).toEqual(['loss']);
    expect([...epochs!]).toEqual([[1, 0.5]]);
    const read = [{ path, log: { format: 'jsonl' as const, metrics, epochs: epochs! } }];
    expect(metricsAt({ path: root }, read, [1, 2, null]).epochs).toEqual([0.5, null, null]);
  });

  it('reads the log of a trainer state, last value first told', () => {
    const state = {
      global_step: 20,
      best_metric: null,
      log_history: [
        { epoch: 0.1, learning_rate: 5e-5, loss: 3.5, step: 10 },
        { epoch: 0.1, eval_loss: 3.25, eval_runtime: 1.5, step: 10 },
        { epoch: 0.2, learning_rate: 4e-5, loss: 3, step: 20 },
        { epoch: 0.2, loss: 2.75, step: 20 },
      ],
    };
    expect(told(write('trainer_state.json', JSON.stringify(state)))).toEqual({
      learning_rate: [
        [10, 5e-5],
        [20, 4e-5],
      ],
      loss: [
        [10, 3.5],
        [20, 2.75],
      ],
      eval_loss: [[10, 3.25]],
      eval_runtime: [[10, 1.5]],
    });
  });

  it('reads a list of checkpoints in results, NaN as Python writes it included', () => {
    const text =
      '{"name": "x", "seeds": [1, 2], "checkpoints": [{"step": 0, "loss": NaN}, {"step": 5, "loss": 2.5}]}';
    expect(told(write('results.json', text))).toEqual({ loss: [[5, 2.5]] });
  });

  it('forgets the value of a step that a resumed training tells again as NaN', () => {
    const text = 'step,loss,acc\n1,3,0.5\n2,2.5,0.6\n2,nan,\n3,-inf,0.7\n';
    expect(told(write('log.csv', text))).toEqual({
      loss: [[1, 3]],
      acc: [
        [1, 0.5],
        [2, 0.6],
        [3, 0.7],
      ],
    });
  });

  it('reads JSON Lines with records in records, and a last line that is still being written', () => {
    const text =
      '{"step": 1, "val": {"loss": 2}}\n\n{"step": 2, "val": {"loss": 1.5, "top": {"acc": 0.5}}}\n{"step": 3, "va';
    expect(told(write('log.jsonl', text))).toEqual({
      'val/loss': [
        [1, 2],
        [2, 1.5],
      ],
      'val/top/acc': [[2, 0.5]],
    });
  });

  it('refuses JSON Lines that are damaged before the end', () => {
    expect(refusal(write('log.jsonl', '{"step": 1,\n{"step": 2, "a": 1}\n'))).toMatchObject({
      code: 'damaged',
    });
  });
});

describe('tables', () => {
  it.each([
    ['commas', 'step,loss,acc\n0,2.5,\n1000,1.25,0.5\n'],
    ['semicolons and CRLF', 'step;loss;acc\r\n0;2.5;\r\n1000;1.25;0.5'],
    ['tabs, a mark, a comment', '\ufeff# made by hand\nStep\tloss\tacc\n0\t2.5\tNaN\n1000\t1.25\t0.5\n'],
    ['quotes', '"step","loss","acc"\n"0","2.5",""\n"1000.0","1.25","0.5"\n'],
  ])('%s', (_, text) => {
    expect(told(write('log.csv', text))).toEqual({
      loss: [
        [0, 2.5],
        [1000, 1.25],
      ],
      acc: [[1000, 0.5]],
    });
  });

  it('prefers the step of training to the count of log calls', () => {
    const text = '_step,train/global_step,_runtime,train/epoch,train/loss\n1,100,3.5,0.1,2\n2,200,7,0.2,1\n';
    expect(told(write('log.csv', text))).toEqual({
      'train/loss': [
        [100, 2],
        [200, 1],
      ],
    });
  });

  it('reads what Weights & Biases exports', () => {
    const text = '"Step","calm-1 - loss","calm-1 - loss__MIN","calm-1 - loss__MAX"\n"10","2.5","2","3"\n';
    expect(told(write('wandb_export.csv', text))).toEqual({ loss: [[10, 2.5]] });
    const two = '"Step","a - loss","b - loss"\n"10","2.5","3.5"\n';
    expect(told(write('two.csv', two), 'b')).toEqual({ loss: [[10, 3.5]] });
    expect(told(write('two.csv', two), 'other')).toEqual({
      'a - loss': [[10, 2.5]],
      'b - loss': [[10, 3.5]],
    });
  });

  it.each([
    ['no step', 'epoch,loss\n1,2\n', 'unsupported'],
    ['no number', 'step,loss\n1,high\n', 'unsupported'],
    ['steps that are none', 'step,loss\n0.5,1\n-1,2\n,3\n1e400,4\n', 'unsupported'],
    ['a quote without an end', 'step,loss\n"1,2\n', 'damaged'],
    ['nothing', '', 'unsupported'],
  ])('refuses %s', (_, text, code) => {
    expect(refusal(write('log.csv', text))).toMatchObject({ code });
  });
});

/** The values of one metric, as `step:value`. */
const valuesOf = (log: Record<string, [number, number][]>, name: string): string =>
  (log[name] ?? []).map(([step, value]) => `${step}:${value}`).join(' ');

describe('whose step a value is', () => {
  it.each([
    ['steps as floats', 'step,loss\n1e3,4\n2000.0,3\n', '1000:4 2000:3'],
    ['a step told twice: what was written last', 'step,loss\n0,9\n1000,4\n1000,5\n', '0:9 1000:5'],
    ['a step told twice for two metrics', 'step,loss,val\n1000,4,\n1000,,5\n', '1000:4'],
    ['lines without a step, or below 0', 'step,loss\n,9\n-1,8\n1000,4\nbest,1\n', '1000:4'],
    ['NaN and infinity', 'step,loss\n0,NaN\n1,inf\n2,-Infinity\n3,Infinity\n4,2\n', '4:2'],
    ['commas before decimals', 'step;loss\n0;9,5\n1000;4,25\n', '0:9.5 1000:4.25'],
    ['three decimals after a point', 'step;loss\n0;2.345\n1000;0.987\n', '0:2.345 1000:0.987'],
    ['three decimals after a comma', 'step;loss\n0;2,345\n1000;0,987\n', '0:2.345 1000:0.987'],
    ['thousands with points', 'step;loss\n1.000;1.234,5\n64.000;2.345\n', '1000:1234.5 64000:2345'],
    ['thousands with commas', 'step\tloss\n1,000\t4.5\n64,000\t1,234.5\n', '1000:4.5 64000:1234.5'],
    ['three decimals between tabs', 'step\tloss\n0\t2.345\n1000\t2.123\n', '0:2.345 1000:2.123'],
    ['a comma in a name, semicolons between', 'step;"loss, mean";loss\n0;1;2\n', '0:2'],
    ['lines that are short and long', 'step,loss,acc\n0,9\n1000,4,0.5,7\n', '0:9 1000:4'],
    ['an index of pandas, CR alone', ',step,loss\r0,0,9\r1,1000,4\r', '0:9 1000:4'],
    ['a count of calls beside the step of training', 'Step,global_step,loss\n1,1000,4\n', '1000:4'],
    ['a training that was resumed', 'epoch,step,loss\n0,0,9\n1,10,8\n0,5,7\n1,10,6\n', '0:9 10:6 5:7'],
  ])('%s', (_, text, values) => {
    expect(valuesOf(told(write('log.csv', text)), 'loss')).toBe(values);
  });

  it.each([
    ['thousands', 'step,loss\n0,9\n"1,000",4\n', '"1,000"'],
    ['points and commas', 'step;loss\n0;4.5\n1000;4,5\n', 'decimal points (4.5) and decimal commas (4,5)'],
    ['three decimals or thousands', 'step;loss\n0;2.345\n1000;2.123\n', 'whether 2.345 has three decimals'],
    ['commas that may be either', 'step\tloss\n1,000\t4\n64,000\t3\n', 'whether 1,000 has three decimals'],
    ['thousands with k', 'step,loss\n1k,4\n', '"1k"'],
    ['other digits', 'step,loss\n0x10,4\n32,3\n', '"0x10"'],
    ['parts of a step', 'step,loss\n0.5,4\n1.0,3\n', '"0.5"'],
    ['steps that begin anew with each epoch', 'epoch,iter,loss\n1,1,9\n1,2,8\n2,1,7\n', 'begins anew'],
    ['two steps', 'step,step,loss\n0,1000,2\n', 'two columns called "step"'],
    ['two losses', 'step,loss,loss\n0,1000,2\n', 'two columns called "loss"'],
    ['epochs alone', 'epoch,loss\n0,9\n', 'nothing in it is called step'],
    ['tokens alone', 'tokens,loss\n1000,9\n', 'nothing in it is called step'],
  ])('refuses %s', (_, text, cause) => {
    expect(refusal(write('log.csv', text)).message).toContain(cause);
  });

  it('tells records of one step apart by what they are of', () => {
    const lines = (...records: object[]): string =>
      records.map((each) => `${JSON.stringify(each)}\n`).join('');
    const split = lines({ mode: 'train', step: 5, loss: 2 }, { mode: 'val', step: 5, loss: 3 });
    expect(told(write('split.jsonl', split))).toEqual({ 'train/loss': [[5, 2]], 'val/loss': [[5, 3]] });
    const tidy = 'step,metric,value\n5,loss,2\n5,acc,0.5\n';
    expect(told(write('tidy.csv', tidy))).toEqual({ loss: [[5, 2]], acc: [[5, 0.5]] });
    const ranks = 'rank,step,loss\n0,5,2\n1,5,3\n';
    expect(told(write('ranks.csv', ranks))).toEqual({ 'rank 0/loss': [[5, 2]], 'rank 1/loss': [[5, 3]] });
    const models = 'model,step,loss\na,5,2\na,6,1\nb,5,3\nb,6,4\n';
    expect(told(write('models.csv', models))).toEqual({ 'a/loss': [[5, 2], [6, 1]], 'b/loss': [[5, 3], [6, 4]] }); // prettier-ignore
    const layers = 'layer,step,norm\n0,5,2\n1,5,3\n';
    expect(told(write('layers.csv', layers))).toEqual({ 'layer 0/norm': [[5, 2]], 'layer 1/norm': [[5, 3]] });
    const one = 'rank,split,step,loss\n0,train,5,2\n0,train,6,3\n';
    expect(valuesOf(told(write('one.csv', one)), 'loss')).toBe('5:2 6:3');
  });

  it.each([
    ['event', ['train', 'eval'], ['train/loss', 'eval/loss']],
    ['is_eval', [false, true], ['is_eval false/loss', 'is_eval true/loss']],
    ['level', ['INFO', 'INFO'], ['loss']],
    ['at', ['12:00:01', '12:00:02'], ['loss']],
  ])('tells records of one step apart by a column of any name: %s', (key, [first, second], names) => {
    const records = [5, 6].flatMap((step) => [
      { step, [key]: first, loss: step },
      { step, [key]: second, loss: step + 10 },
    ]);
    const text = records.map((each) => `${JSON.stringify(each)}\n`).join('');
    expect(Object.keys(told(write('log.jsonl', text)))).toEqual(names);
  });

  it('joins what a resumed training wrote beside other messages, or for other metrics', () => {
    const messages = 'step,text,loss\n5,began,9\n6,saved a,8\n6,went on,7\n7,saved b,6\n';
    expect(valuesOf(told(write('log.csv', messages)), 'loss')).toBe('5:9 6:7 7:6');
    const kinds = 'step,kind,loss,val\n5,a,1,\n5,b,,2\n6,a,3,\n6,b,,4\n';
    expect(told(write('log.csv', kinds))).toEqual({ loss: [[5, 1], [6, 3]], val: [[5, 2], [6, 4]] }); // prettier-ignore
  });

  it('takes no clock for a metric, wherever it stands', () => {
    const record = {
      step: 5,
      consumed_train_samples: 1024,
      samples_seen: 9,
      total_flos: 1e9,
      loss: 2,
      train: { step: 4, acc: 1 },
    };
    expect(told(write('log.jsonl', JSON.stringify(record)))).toEqual({
      loss: [[5, 2]],
      'train/acc': [[5, 1]],
    });
    expect(told(write('log.csv', 'Wall time,Step,Value\n1700000000.5,5,2\n'))).toEqual({ Value: [[5, 2]] });
  });

  it('has counts of tokens, by which training can be counted', () => {
    const text = '{"step": 5, "num_input_tokens_seen": 1024, "loss": 2}\n';
    expect(told(write('log.jsonl', text))['num_input_tokens_seen']).toEqual([[5, 1024]]);
  });

  it('reads numbers that are written as texts', () => {
    const text = '{"step": "1e3", "loss": "4.5", "acc": "NaN", "name": "x7"}\n';
    expect(told(write('log.jsonl', text))).toEqual({ loss: [[1000, 4.5]] });
  });

  it('calls metrics of several lists by their list', () => {
    const lists = { train: [{ step: 5, loss: 2 }], eval: [{ step: 5, loss: 3 }], betas: [0.9, 0.95] };
    expect(told(write('log.json', JSON.stringify(lists)))).toEqual({
      'train/loss': [[5, 2]],
      'eval/loss': [[5, 3]],
    });
  });

  it('takes a dash in a name for that of a run only where Weights & Biases wrote it', () => {
    const text = 'step,loss - train,loss - val\n5,2,3\n';
    expect(Object.keys(told(write('log.csv', text)))).toEqual(['loss - train', 'loss - val']);
  });
});

describe('results of evaluations', () => {
  const old = {
    results: {
      lambada: { ppl: 12.5, ppl_stderr: 0.5, acc: 0.25, acc_stderr: 0.01 },
      piqa: { acc: 0.5, acc_norm: 0.75 },
    },
    versions: { lambada: 0, piqa: 0 },
    config: { model: 'hf-causal', model_args: 'pretrained=some/model-70m,revision=step1000', num_fewshot: 0 },
  };
  const recent = {
    results: {
      piqa: {
        alias: 'piqa',
        'acc,none': 0.5,
        'acc_stderr,none': 0.01,
        'acc_norm,none': 0.75,
        sample_len: 100,
      },
      gsm8k: {
        alias: 'gsm8k',
        'exact_match,strict-match': 0.25,
        'exact_match_stderr,strict-match': 'N/A',
        'exact_match,flexible-extract': 0.5,
      },
    },
    configs: { piqa: { task: 'piqa' } },
    versions: { piqa: 1.0 },
    config: { model: 'hf', model_args: { pretrained: 'runs/a/checkpoint-500', dtype: 'auto' } },
  };

  it('reads both forms, all tasks, and the step of the model', () => {
    expect(told(write('old.json', JSON.stringify(old)))).toEqual({
      'lambada/ppl': [[1000, 12.5]],
      'lambada/acc': [[1000, 0.25]],
      'piqa/acc': [[1000, 0.5]],
      'piqa/acc_norm': [[1000, 0.75]],
    });
    expect(told(write('results_2026-01-01T00-00-00.json', JSON.stringify(recent)))).toEqual({
      'piqa/acc': [[500, 0.5]],
      'piqa/acc_norm': [[500, 0.75]],
      'gsm8k/exact_match,strict-match': [[500, 0.25]],
      'gsm8k/exact_match,flexible-extract': [[500, 0.5]],
    });
  });

  it('tells evaluations with solved examples from those without, and joins the files of each', () => {
    const names = (...results: object[]): [string, (number | null)[]][] => {
      const read = results.map((result, i) => {
        const path = write(`evals/${i}/results_x.json`, JSON.stringify(result));
        return {
          path,
          log: readLog(path, { name: 'run', stepOf: stepNamedIn({ path: root, checkpoints: [] }) }),
        };
      });
      return metricsAt({ path: root }, read, [1000, 2000]).values.map(({ name, values }) => [name, values]);
    };
    const early = (step: number, num_fewshot: number | undefined, acc: number): object => ({
      results: { piqa: { acc } },
      versions: { piqa: 0 },
      config: { model_args: `pretrained=some/model,revision=step${step}`, num_fewshot },
    });
    expect(names(early(1000, 5, 0.75), early(1000, 0, 0.5), early(2000, 0, 0.625))).toEqual([
      ['piqa/acc (5-shot)', [0.75, null]],
      ['piqa/acc (0-shot)', [0.5, 0.625]],
    ]);
    expect(names(early(1000, 5, 0.75), early(2000, 5, 0.875))).toEqual([['piqa/acc', [0.75, 0.875]]]);
    expect(names(early(1000, undefined, 0.75), early(2000, 0, 0.5))).toEqual([
      ['piqa/acc', [0.75, null]],
      ['piqa/acc (0-shot)', [null, 0.5]],
    ]);
    const late = (step: number, shots: number, acc: number): object => ({
      results: { piqa: { alias: 'piqa', 'acc,none': acc } },
      'n-shot': { piqa: shots },
      versions: { piqa: 1 },
      config: { model_args: `pretrained=some/model,revision=step${step}` },
    });
    expect(names(late(1000, 0, 0.5), late(1000, 10, 0.75))).toEqual([
      ['piqa/acc (0-shot)', [0.5, null]],
      ['piqa/acc (10-shot)', [0.75, null]],
    ]);
  });

  it('tells revisions of different models apart, and an adapter from the model that it changes', () => {
    // As version 0.4.9 writes them: evals/MODEL/results_TIME.json, beside NaN and texts among the scores.
    const result = (args: string | object, acc: number): string =>
      JSON.stringify({
        results: { piqa: { alias: 'piqa', 'acc,none': acc, 'acc_stderr,none': 'N/A', sample_len: 1838 } },
        'n-shot': { piqa: 0 },
        versions: { piqa: 1 },
        config: { model: 'hf', model_args: args, model_revision: 'main' },
        model_source: 'hf',
        model_name: 'some/model',
      });
    const names = (...results: string[]): [string, (number | null)[]][] => {
      const read = results.map((text, i) => {
        const path = write(`evals/some__model-160m/results_2024-05-01T1${i}-00-00.123456.json`, text);
        return {
          path,
          log: readLog(path, { name: 'run', stepOf: stepNamedIn({ path: root, checkpoints: [] }) }),
        };
      });
      return metricsAt({ path: root }, read, [1000, 2000]).values.map(({ name, values }) => [name, values]);
    };
    const of = (model: string, step: number): string =>
      `pretrained=${model},revision=step${step},dtype=float16`;
    expect(names(result(of('some/a', 1000), 0.5), result(of('some/b', 1000), 0.75))).toEqual([
      ['piqa/acc (some/a)', [0.5, null]],
      ['piqa/acc (some/b)', [0.75, null]],
    ]);
    const adapter = `${of('some/a', 1000)},peft=/runs/a/checkpoint-2000`;
    expect(names(result(of('some/a', 1000), 0.5), result(adapter, 0.75))).toEqual([
      ['piqa/acc', [0.5, 0.75]],
    ]);
    expect(names(result({ pretrained: '/runs/a/checkpoint-2000', dtype: 'auto' }, 0.25))).toEqual([
      ['piqa/acc', [null, 0.25]],
    ]);
    // Neither the time in the name of the file nor the size in the model's name is a step.
    expect(() => names(result('pretrained=some/model-160m', 0.5))).toThrow(
      'the step of the evaluated checkpoint is unknown',
    );
    expect(() => names(result(`${of('some/a', 1000)},peft=/runs/a/adapter`, 0.5))).toThrow(
      'the step of the evaluated checkpoint is unknown',
    );
  });

  it('takes the step from the name of the file, or refuses', () => {
    const anonymous = { ...old, config: { model: 'hf-causal', model_args: 'pretrained=some/model' } };
    const text = JSON.stringify(anonymous);
    expect(Object.keys(told(write('evals/70m_step64.json', text)))).toHaveLength(4);
    expect(told(write('evals/70m_step64.json', text))['piqa/acc']).toEqual([[64, 0.5]]);
    expect(refusal(write('piqa.json', text)).message).toContain(
      'the step of the evaluated checkpoint is unknown',
    );
  });

  it('knows the checkpoint in whose folder a result lies', () => {
    const path = write('a/eval/results_x.json', JSON.stringify({ ...old, config: {} }));
    const checkpoint = {
      path: join(root, 'a/model.safetensors'),
      name: 'a',
      step: 77,
      epoch: null,
      modified: 0,
      bytes: 1,
    };
    const stepOf = stepNamedIn({ path: root, checkpoints: [checkpoint] });
    expect([...readLog(path, { name: 'run', stepOf }).metrics.get('piqa/acc')!]).toEqual([[77, 0.5]]);
  });
});

describe('event files of TensorBoard', () => {
  const events = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../fixtures/metrics/events.json'), 'utf8'),
  ) as { simple: string; tensors: string };
  const bytes = (which: keyof typeof events): Uint8Array<ArrayBuffer> =>
    Uint8Array.from(Buffer.from(events[which], 'base64'));
  const NAME = 'events.out.tfevents.1700000000.host';
  const losses = [0, 10, 300].map((step) => [step, Math.fround(2.5 - step / 200)]);

  it('has the check value of CRC-32C', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });

  it('reads scalars as numbers and as tensors', () => {
    expect(told(write(NAME, bytes('simple')))).toEqual({
      'train/loss': losses,
      'eval/accuracy': [0, 10, 300].map((step) => [step, Math.fround(step / 1000)]),
    });
    expect(told(write(NAME, bytes('tensors')))).toEqual({ epoch_loss: losses });
  });

  it('reads a file that is still being written up to its last whole record', () => {
    const path = write(NAME, bytes('tensors'));
    truncateSync(path, bytes('tensors').length - 3);
    expect(told(path)['epoch_loss']).toEqual(losses.slice(0, 2));
  });

  it('takes no damaged byte for a number', () => {
    const whole = bytes('simple');
    for (let at = 0; at < whole.length; at++) {
      const damaged = whole.slice();
      damaged[at]! ^= 0x10;
      expect(refusal(write(NAME, damaged))).toMatchObject({ code: 'damaged' });
    }
  });

  it('refuses a file without scalars', () => {
    expect(refusal(write(NAME, bytes('simple').slice(0, 40)))).toMatchObject({ code: 'unsupported' });
  });
});

describe('hostile files', () => {
  it.each([
    ['deep.json', '['.repeat(100_000)],
    ['text.json', 'not json'],
    ['empty-list.json', '[]'],
    ['number.json', '5'],
    ['null.json', 'null'],
    ['no-steps.json', '{"checkpoints": [{"loss": 1}]}'],
    ['bytes.csv', Uint8Array.of(0xff, 0xfe, 0x00)],
    ['tasks.json', '{"results": {"a": 5}, "config": {}}'],
    ['proto.json', '[{"__proto__": {"step": 1}, "loss": 2}]'],
    ['log.bin', 'step,loss\n1,2\n'],
  ])('%s', (name, content) => {
    expect(['damaged', 'unsupported']).toContain(refusal(write(name, content)).code);
  });

  it('names more metrics than anybody has', () => {
    const record = Object.fromEntries(Array.from({ length: 6000 }, (_, i) => [`m${i}`, i]));
    expect(refusal(write('log.json', JSON.stringify([{ step: 1, ...record }]))).code).toBe('unsupported');
  });

  it('refuses folders and missing files', () => {
    mkdirSync(join(root, 'folder.json'));
    expect(refusal(join(root, 'folder.json')).code).toBe('unreadable');
    expect(refusal(join(root, 'gone.json')).code).toBe('missing');
  });
});
