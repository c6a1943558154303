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
