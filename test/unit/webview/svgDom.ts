/**
 * As much of a browser's document as the SVG export of figures needs, without fonts: every character is 0.55 em wide,
 * so that pictures are the same on every machine.
 */
import { vi } from 'vitest';

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPES[character]!);

/** "bold 12px Arial" as its parts. */
function fontParts(font: string): { weight: string; size: string; family: string } {
  const match = /^(.*?)\s*([\d.]+px)(?:\/\S+)?\s+(.+)$/.exec(font);
  return { weight: match?.[1] ?? '', size: match?.[2] ?? '10px', family: match?.[3] ?? 'sans-serif' };
}

class FakeElement {
  parentNode: FakeElement | null = null;
  readonly childNodes: FakeElement[] = [];
  readonly attributes = new Map<string, string>();
  textContent = '';

  constructor(readonly nodeName: string) {
    // As serializers write it, so that the pictures can be opened.
    if (nodeName === 'svg') this.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  }

  setAttribute(name: string, value: unknown): void {
    this.attributes.set(name, String(value));
  }
  setAttributeNS(_: string, name: string, value: unknown): void {
    this.setAttribute(name, value);
  }
  getAttribute(name: string): string | null {
    return this.attributes.get(name) ?? null;
  }
  appendChild(child: FakeElement): FakeElement {
    child.parentNode?.removeChild(child);
    child.parentNode = this;
    this.childNodes.push(child);
    return child;
  }
  append(...children: FakeElement[]): void {
    for (const child of children) this.appendChild(child);
  }
  removeChild(child: FakeElement): void {
    this.childNodes.splice(this.childNodes.indexOf(child), 1);
    child.parentNode = null;
  }

  /** One element per line, attributes in the order in which they were set. */
  serialized(margin = ''): string {
    const attributes = [...this.attributes].map(([name, value]) => ` ${name}="${escaped(value)}"`).join('');
    const start = `${margin}<${this.nodeName}${attributes}`;
    if (this.childNodes.length === 0) {
      return this.textContent === ''
        ? `${start}/>\n`
        : `${start}>${escaped(this.textContent)}</${this.nodeName}>\n`;
    }
    const inner = this.childNodes.map((child) => child.serialized(`${margin} `)).join('');
    return `${start}>\n${inner}${margin}</${this.nodeName}>\n`;
  }
}

/** Measures text; whatever else is called draws nothing. */
function measuringContext(canvas: unknown): object {
  const state: Record<string, unknown> = { canvas, font: '10px sans-serif' };
  state['measureText'] = (text: unknown) => {
    const size = Number.parseFloat(fontParts(String(state['font'])).size);
    return { width: String(text).length * 0.55 * size };
  };
  return new Proxy(state, {
    get: (target, name) => (name in target ? target[String(name)] : () => undefined),
  });
}

/** An affine map of the plane: x′ = a·x + c·y + e, y′ = b·x + d·y + f. */
class Matrix {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
  readonly f: number;

  constructor(entries: readonly number[]) {
    [this.a, this.b, this.c, this.d, this.e, this.f] = entries as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
  }
  multiply({ a, b, c, d, e, f }: Matrix): Matrix {
    return new Matrix([
      this.a * a + this.c * b,
      this.b * a + this.d * b,
      this.a * c + this.c * d,
      this.b * c + this.d * d,
      this.a * e + this.c * f + this.e,
      this.b * e + this.d * f + this.f,
    ]);
  }
  translate(x: number, y: number): Matrix {
    return this.multiply(new Matrix([1, 0, 0, 1, x, y]));
  }
  scale(x: number, y: number): Matrix {
    return this.multiply(new Matrix([x, 0, 0, y, 0, 0]));
  }
}

/** A point to which a {@link Matrix} is applied. */
class MappedPoint {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
  matrixTransform({ a, b, c, d, e, f }: Matrix): MappedPoint {
    return new MappedPoint(a * this.x + c * this.y + e, b * this.x + d * this.y + f);
  }
}

function canvas(): object {
  const element = {
    nodeName: 'CANVAS',
    width: 0,
    height: 0,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    getContext: () => context,
  };
  const context = measuringContext(element);
  return element;
}

/** An element whose style understands the shorthand `font`. */
function span(): object {
  const style = { fontFamily: '', fontSize: '', fontWeight: '' };
  Object.defineProperty(style, 'font', {
    set: (font: string) => {
      const { weight, size, family } = fontParts(font);
      Object.assign(style, { fontFamily: family, fontSize: size, fontWeight: weight });
    },
  });
  return { style };
}

/** Puts the document in place for the test file; `vi.unstubAllGlobals` takes it away. */
export function stubSvgDocument(): void {
  vi.stubGlobal('document', {
    createElement: (tag: string) => (tag === 'canvas' ? canvas() : span()),
    createElementNS: (_: string, tag: string) => new FakeElement(tag),
  });
  vi.stubGlobal('CanvasRenderingContext2D', FakeElement);
  vi.stubGlobal('DOMMatrix', Matrix);
  vi.stubGlobal('DOMPoint', MappedPoint);
  vi.stubGlobal(
    'XMLSerializer',
    class {
      serializeToString = (element: FakeElement): string => element.serialized();
    },
  );
}
