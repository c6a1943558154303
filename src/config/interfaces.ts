/**
 * Names of network interfaces in which `*` stands for any characters.
 *
 * Pure. Source: Linux `dev_valid_name`, and IFNAMSIZ, which is 16 with the closing zero byte.
 * @module
 */
const MAX_NAME_CHARACTERS = 15;

export const WANT_INTERFACE = 'an interface name such as "eth0" or "enp*"';

/** Whether some interface can have a name that matches. */
export function isInterfacePattern(pattern: string): boolean {
  const fixed = pattern.replaceAll('*', '');
  const isName = pattern !== '' && pattern !== '.' && pattern !== '..' && !/[\s/:]/.test(pattern);
  return isName && fixed.length <= MAX_NAME_CHARACTERS;
}

/** Whether an interface of this name is meant. Takes time in the product of the lengths at worst. */
export function matchesInterface(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  const end = name.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
