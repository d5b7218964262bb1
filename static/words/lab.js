/** Words of the door to the lab. `words.js` joins them with all others; the lab's own come with the lab. */

export const en = {
  'lab-open': 'The lab: watch this connection live (Ctrl + Alt + L)',
  'error-lab-off': 'This server has no lab.',
  'error-bad-bytes': 'These are no bytes in hexadecimal.',
};

/** @type {typeof en} */
export const zh = {
  'lab-open': '实验室：实时观察这个连接（Ctrl + Alt + L）',
  'error-lab-off': '本服务器没有实验室。',
  'error-bad-bytes': '这不是十六进制的字节。',
};
