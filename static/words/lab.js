/** Words of the door to the lab. `words.js` joins them with all others; the lab's own come with the lab. */

export const en = {
  'lab-open': 'The lab: watch this connection live (Ctrl + Alt + L)',
  'error-lab-off': 'There is no lab for this connection, or none that can do this.',
  'error-bad-bytes': 'These are no bytes in hexadecimal.',
};

/** @type {typeof en} */
export const zh = {
  'lab-open': '实验室：实时观察这个连接（Ctrl + Alt + L）',
  'error-lab-off': '此连接没有实验室，或其实验室做不到这一点。',
  'error-bad-bytes': '这不是十六进制的字节。',
};
