/**
 * Forbids lists as arguments: every member takes space on the stack, and about 100,000 of them cause an error.
 * `src/protocol/extremes.ts` finds extremes; members are pushed one by one.
 */
const FORBIDDEN = [
  'CallExpression[callee.object.name="Math"] > SpreadElement.arguments',
  'CallExpression[callee.property.name=/^(push|unshift|append|prepend|fromCharCode|fromCodePoint)$/] > SpreadElement.arguments',
  'CallExpression[callee.property.name="apply"][callee.object.property.name=/^(max|min|push|unshift)$/]',
];
const MESSAGE =
  'Spread arguments end with an error where a list is long: use largest or smallest of src/protocol/extremes.ts, or a loop.';

/** A rule for ESLint. */
export const noLongSpreads = {
  meta: { type: 'problem', schema: [], messages: { long: MESSAGE } },
  create(context) {
    const complain = (node) => {
      context.report({ node, messageId: 'long' });
    };
    return Object.fromEntries(FORBIDDEN.map((selector) => [selector, complain]));
  },
};
