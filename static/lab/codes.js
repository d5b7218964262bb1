/** The close codes that one can meet here. Their meanings are in words/codes.js; tests hold both to docs/protocol.md. */

/**
 * `sent`: `server` and `client` say who may put it into a close frame here; `nobody`: it only ever tells what was seen.
 *
 * @type {readonly { code: CloseCode, section: string, sent: 'both' | 'server' | 'client' | 'nobody' }[]}
 */
export const CODES = [
  { code: 1000, section: '7.4.1', sent: 'both' },
  { code: 1001, section: '7.4.1', sent: 'both' },
  { code: 1002, section: '7.4.1, 5', sent: 'server' },
  { code: 1003, section: '7.4.1', sent: 'server' },
  { code: 1005, section: '7.1.5', sent: 'nobody' },
  { code: 1006, section: '7.1.5', sent: 'nobody' },
  { code: 1007, section: '7.4.1, 8.1', sent: 'server' },
  { code: 1008, section: '7.4.1', sent: 'server' },
  { code: 1009, section: '7.4.1, 10.4', sent: 'server' },
  { code: 1010, section: '7.4.1', sent: 'client' },
  { code: 1011, section: '7.4.1', sent: 'server' },
  { code: 1012, section: '11.7', sent: 'server' },
  { code: 1013, section: '11.7', sent: 'server' },
  { code: 1014, section: '11.7', sent: 'nobody' },
  { code: 1015, section: '7.4.1', sent: 'nobody' },
  { code: 4008, section: '7.4.2', sent: 'server' },
];

/**
 * @typedef {1000 | 1001 | 1002 | 1003 | 1005 | 1006 | 1007 | 1008 | 1009 | 1010 | 1011 | 1012 | 1013 | 1014 | 1015 | 4008}
 *   CloseCode
 */

/** Where a section of RFC 6455 can be read. @param {string} section the first number counts */
export function sectionAddress(section) {
  const [first = ''] = section.split(',');
  return `https://www.rfc-editor.org/rfc/rfc6455#section-${first}`;
}
