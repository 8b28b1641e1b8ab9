/**
 * Lists as arguments: every member takes room on the stack, and some 100,000 of them end with an error. Extremes are found by
 * `src/protocol/extremes.ts`, members are pushed one by one.
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
