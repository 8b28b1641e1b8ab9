import { describe, expect, it } from 'vitest';
import type { NeuroMfaError } from '../../../src/protocol/errors';
import { identicalCheckpoints, duplicatesOf } from '../../../src/protocol/remote';
import { addressOf, isAddress, locationOf, parseAddress, withoutSecrets } from '../../../src/remote/address';

const placeOf = (word: string, hubHost?: string) => locationOf(parseAddress(word, hubHost).address);

function refusal(word: string): NeuroMfaError {
  try {
    parseAddress(word);
  } catch (error) {
    return error as NeuroMfaError;
  }
  throw new Error(`${word} was taken`);
}

describe('addresses of the Hub', () => {
  it.each([
    ['hf://EleutherAI/pythia-410m', 'EleutherAI/pythia-410m', null, ''],
    ['hf://EleutherAI/pythia-410m@step1000', 'EleutherAI/pythia-410m', 'step1000', ''],
    ['hf://a/b@refs%2Fpr%2F1/c/d.bin', 'a/b', 'refs/pr/1', 'c/d.bin'],
    ['hf://a/b@refs/convert/parquet/c', 'a/b', 'refs/convert/parquet', 'c'],
    ['hf://a/b/', 'a/b', null, ''],
    ['https://huggingface.co/a/b', 'a/b', null, ''],
    ['https://huggingface.co/a/b/', 'a/b', null, ''],
    ['https://huggingface.co/a/b/tree/main', 'a/b', 'main', ''],
    ['https://huggingface.co/a/b/tree/refs%2Fpr%2F3/sub', 'a/b', 'refs/pr/3', 'sub'],
    ['https://hf.co/a/b/blob/step10/model.safetensors', 'a/b', 'step10', 'model.safetensors'],
    ['https://huggingface.co/a/b/resolve/main/x.bin?download=true', 'a/b', 'main', 'x.bin'],
    ['https://huggingface.co/a/b/discussions/1', 'a/b', null, ''],
  ])('%s', (word, repository, revision, path) => {
    const { address, secret } = parseAddress(word);
    expect(address).toEqual({ scheme: 'hf', repository, revision, path });
    expect(secret).toBeNull();
    expect(addressOf(locationOf(address))).toEqual(address);
  });

  it('are known by the host that an environment names', () => {
    expect(placeOf('http://127.0.0.1:8080/a/b/tree/main', '127.0.0.1:8080')).toBe('hf://a/b@main');
    expect(placeOf('http://127.0.0.1:8080/a/b/tree/main')).toBe('http://127.0.0.1:8080/a/b/tree/main');
  });

  it.each([
    'hf://gpt2',
    'hf://a/../b',
    'hf://datasets/a/b',
    'https://huggingface.co/datasets/a/b',
    'hf://a/b@',
    'hf://a/b@x%',
    'hf://a/b/../c',
    'hf://a/b c',
  ])('%s is refused with what it should be', (word) => {
    const error = refusal(word);
    expect(error.code).toBe('usage');
    expect(error.data.nextStep).toContain('hf://owner/model');
  });
});

describe('other addresses', () => {
  it.each([
    ['s3://lab/run/step1000/', { scheme: 's3', bucket: 'lab', path: 'run/step1000', folder: true }],
    [
      's3://lab/run/model.safetensors',
      { scheme: 's3', bucket: 'lab', path: 'run/model.safetensors', folder: false },
    ],
    ['s3://lab', { scheme: 's3', bucket: 'lab', path: '', folder: true }],
    ['https://host:8443/run/', { scheme: 'https', host: 'host:8443', path: 'run', folder: true }],
    [
      'http://127.0.0.1:80/a%20b/m.pt',
      { scheme: 'http', host: '127.0.0.1', path: 'a%20b/m.pt', folder: false },
    ],
    ['https://HOST/', { scheme: 'https', host: 'host', path: '', folder: true }],
  ])('%s', (word, address) => {
    expect(parseAddress(word)).toEqual({ address, secret: null });
    const again = addressOf(placeOf(word));
    // A location says where, not what is there.
    expect({ ...again, folder: address.folder }).toEqual(address);
  });

  it('keep their secrets out of the location', () => {
    const { address, secret } = parseAddress(
      'https://ada:p%40ss@host/run/step0/model.safetensors?sig=abc&se=1',
    );
    expect(secret).toEqual({ query: 'sig=abc&se=1', user: 'ada:p@ss' });
    expect(locationOf(address)).toBe('https://host/run/step0/model.safetensors');
  });

  it('are never told with their secrets', () => {
    for (const word of [
      'https://ada:pass@host//x?sig=abc',
      'ftp://ada:pass@host/x?sig=abc',
      'https://ada:pass@?sig=abc',
    ]) {
      const { message } = refusal(word);
      expect(message).not.toMatch(/ada|pass|sig|abc/);
    }
    expect(withoutSecrets('https://ada:pass@host/x?sig=abc#d')).toBe('https://host/x');
    expect(withoutSecrets('hf://a/b@main/c')).toBe('hf://a/b@main/c');
    expect(withoutSecrets('/a@b/c?d')).toBe('/a@b/c?d');
  });

  it('of no known scheme are refused, and paths are none', () => {
    expect(refusal('gs://bucket/x').code).toBe('unsupported');
    expect(isAddress('hf://a/b')).toBe(true);
    for (const path of ['/a/b', 'a/b', 'C:\\a\\b', 'C:/a', './hf:/x']) expect(isAddress(path)).toBe(false);
  });
});

it('checkpoints with the same weights are told in the order of training', () => {
  const checkpoints = ['a', 'b', 'a', null, 'c', 'a', null].map((content, i) => ({
    name: `step${i}`,
    content,
  }));
  expect(identicalCheckpoints(checkpoints)).toEqual([['step0', 'step2', 'step5']]);
});

it('only what also has the configuration of an earlier checkpoint shares its analysis', () => {
  const made = (at: string, content: string | null, config: string | null) => ({
    ...{ at, name: at.toUpperCase(), content, config },
  });
  const twins = duplicatesOf([
    made('p', 'w', 'c'),
    made('q', 'w', 'other'),
    made('r', 'w', 'c'),
    made('s', 'w', null),
    made('t', 'x', 'c'),
    made('u', null, 'c'),
    made('v', 'w', 'other'),
  ]);
  const sameAs = ['P', 'Q', 'R', 'S', 'V'];
  expect([...twins]).toEqual([
    ['p', { sameAs }],
    ['q', { sameAs }],
    ['r', { sameAs, resultOf: 'p' }],
    ['s', { sameAs }],
    ['v', { sameAs, resultOf: 'q' }],
  ]);
});
