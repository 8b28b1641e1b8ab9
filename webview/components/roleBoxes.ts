/** Check boxes for roles, by group. */
import { h } from '../dom';
import { integer } from '../../src/protocol/format';
import { t } from '../l10n';
import type { NetworkOutline } from '../../src/protocol/subset';

export interface RoleBoxes {
  element: HTMLElement;
  /** The ticked roles: an empty list where all are, a group where all of it is; null where none is ticked. */
  ticked(): string[] | null;
}

interface Box {
  role: string;
  input: HTMLInputElement;
}

/**
 * @param attributes names and describes the boxes for screen readers.
 * @param isTicked whether a role is ticked at first.
 */
export function roleBoxes(
  roles: NetworkOutline['roles'],
  attributes: Readonly<Record<string, string>>,
  isTicked: (role: string) => boolean,
  changed: () => void,
): RoleBoxes {
  const groups = new Map<string, Box[]>();
  const element = h('div', { class: 'role-groups', role: 'group', ...attributes });
  for (const name of new Set(roles.map(({ role }) => groupOf(role)))) {
    const members = roles.filter(({ role }) => groupOf(role) === name);
    const boxes = members.map(({ role }): Box => ({ role, input: checkbox(role, isTicked(role)) }));
    groups.set(name, boxes);
    element.append(group(name, members, boxes, changed));
  }
  return {
    element,
    ticked: () => {
      const all = [...groups.values()].flat();
      if (all.every(({ input }) => input.checked)) return [];
      if (!all.some(({ input }) => input.checked)) return null;
      return [...groups].flatMap(([name, boxes]) => {
        const on = boxes.filter(({ input }) => input.checked);
        return on.length === boxes.length ? [name] : on.map(({ role }) => role);
      });
    },
  };
}

/** One box for the group, and one for each of its roles where there are several. */
function group(
  name: string,
  members: NetworkOutline['roles'],
  boxes: readonly Box[],
  changed: () => void,
): HTMLElement {
  const whole = boxes.length === 1 ? boxes[0]!.input : checkbox(name, false);
  const agree = (): void => {
    const on = boxes.filter(({ input }) => input.checked).length;
    whole.checked = on === boxes.length;
    whole.indeterminate = on > 0 && on < boxes.length;
  };
  agree();
  whole.addEventListener('change', () => {
    for (const { input } of boxes) input.checked = whole.checked;
    agree();
    changed();
  });
  const sum = members.reduce((total, { projections }) => total + projections, 0);
  return h(
    'span',
    { class: 'role-group' },
    labeled(boxes.length === 1 ? boxes[0]!.role : name, whole, sum),
    ...(boxes.length === 1
      ? []
      : boxes.map(({ role, input }, index) => {
          input.addEventListener('change', () => {
            agree();
            changed();
          });
          return labeled(role.slice(name.length + 1), input, members[index]!.projections, role);
        })),
  );
}

const groupOf = (role: string): string => role.split('.')[0]!;

const checkbox = (role: string, checked: boolean): HTMLInputElement => {
  const input = h('input', { type: 'checkbox', 'data-testid': `role-${role}` });
  input.checked = checked;
  return input;
};

const labeled = (text: string, input: HTMLInputElement, projections: number, role = text): HTMLElement =>
  h('label', { title: t('{0}: {1} projections', role, integer(projections)) }, input, text);
