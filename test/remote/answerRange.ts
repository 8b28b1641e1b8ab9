/** A file over HTTP/1.1 as RFC 9110 has it (ranges, If-Range, If-Match), or with a fault. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault } from './faults';

const PAGE =
  '<!doctype html><html><title>Sign in</title><body>Please sign in to use this network.</body></html>';
const POINTER =
  'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n';
const DRIP_MS = 200;

/** @param etag with its quotes; null where the server tells no state of its files. @returns the number of bytes of the file that are sent. */
export function answerRange(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Buffer,
  etag: string | null,
  fault?: Fault,
): number {
  const tag = fault === 'changed' ? '"another"' : etag;
  const headers = { ...(tag !== null && { etag: tag }), 'accept-ranges': 'bytes' };
  const match = request.headers['if-match'];
  if (match !== undefined && match !== '*' && match !== tag) return refuse(response, 412);
  const onlyIf = request.headers['if-range'];
  const range = onlyIf === undefined || onlyIf === tag ? request.headers.range : undefined;
  const asked = /^bytes=(\d+)-(\d*)$/.exec(range ?? '');
  switch (fault) {
    case 'unavailable':
      response.writeHead(503, { 'retry-after': '0' }).end();
      return 0;
    case 'reset':
      request.socket.destroy();
      return 0;
    case 'page':
      response.writeHead(200, { 'content-type': 'text/html', 'content-length': PAGE.length });
      response.end(PAGE);
      return 0;
  }
  if (request.method === 'HEAD' || !asked || fault === 'whole') {
    response.writeHead(200, { ...headers, 'content-length': bytes.length });
    response.end(request.method === 'HEAD' ? undefined : bytes);
    return request.method === 'HEAD' ? 0 : bytes.length;
  }
  const from = Number(asked[1]);
  const to = Math.min(asked[2] === '' ? Infinity : Number(asked[2]), bytes.length - 1);
  if (from > to) {
    response.setHeader('content-range', `bytes */${bytes.length}`);
    return refuse(response, 416);
  }
  const part = bytes.subarray(from, to + 1);
  const told = (first: number, last: number): string => `bytes ${first}-${last}/${bytes.length}`;
  const ranged = { ...headers, 'content-range': told(from, to), 'content-length': part.length };
  switch (fault) {
    case 'short':
      response.writeHead(206, ranged);
      response.write(part.subarray(0, part.length >> 1), () => request.socket.destroy());
      return part.length >> 1;
    case 'elsewhere':
      response.writeHead(206, { ...ranged, 'content-range': told(from + 1, to + 1) }).end(part);
      return part.length;
    case 'pointer': {
      const last = from + POINTER.length - 1;
      response.writeHead(206, {
        ...ranged,
        'content-range': told(from, last),
        'content-length': POINTER.length,
      });
      response.end(POINTER);
      return 0;
    }
    case 'drip':
    case 'endless':
      response.writeHead(206, fault === 'drip' ? ranged : { ...headers, 'content-range': told(from, to) });
      flow(response, fault === 'drip' ? part.subarray(0, 1) : Buffer.alloc(65536), fault === 'drip');
      return 0;
  }
  response.writeHead(206, ranged).end(part);
  return part.length;
}

function refuse(response: ServerResponse, status: number): 0 {
  response.writeHead(status).end();
  return 0;
}

/** Writes `piece` until the client has enough of it. */
function flow(response: ServerResponse, piece: Buffer, slowly: boolean): void {
  const write = (): void => {
    if (response.destroyed) return;
    const room = response.write(piece);
    if (slowly) setTimeout(write, DRIP_MS).unref();
    else if (room) setImmediate(write);
    else response.once('drain', write);
  };
  write();
}
