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

  it('takes the step from the name of the file, or refuses', () => {
    const anonymous = { ...old, config: { model: 'hf-causal', model_args: 'pretrained=some/model' } };
    const text = JSON.stringify(anonymous);
    expect(Object.keys(told(write('evals/70m_step64.json', text)))).toHaveLength(4);
    expect(told(write('evals/70m_step64.json', text))['piqa/acc']).toEqual([[64, 0.5]]);
    expect(refusal(write('piqa.json', text)).message).toContain('nothing tells the step');
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
