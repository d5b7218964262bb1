/** Words of reading: the log, the people, notifications. `words.js` joins them with all others. */

export const en = {
  'new-since': 'New since you left',
  'older-asked': 'Fetching older lines…',
  'older-came': /** @param {{ count: number }} _ */ ({ count }) => (count === 1 ? '1 older line' : `${count} older lines`),
  'older-gone': 'Older lines are not kept.',
  'log-begins': 'This is where it begins.',

  'people-gone': 'No longer here',
  'is-online': 'online',
  'is-away': 'away',
  'is-typing': 'typing…',
  'just-left': 'left a moment ago',
  'just-dropped': 'dropped out a moment ago',
  'people-between': ', ',
  'people-away': /** @param {{ count: number }} _ */ ({ count }) => `${count} away`,

  settings: 'Settings',
  'settings-close': 'Close',
  'notify-label': 'Notify me',
  'notify-hint': 'When somebody says something and you look elsewhere.',
  'notify-sample': 'This is how you will be told.',
  'notify-denied': 'Your browser blocks notifications from this page. Allow them in its settings for this site.',
  'notify-insecure': 'Browsers show notifications only for pages that come over https.',
  'notify-unsupported': 'This browser cannot show notifications for this page.',
  'notify-text-label': 'Show what was said',
  'notify-text-hint': 'Otherwise a notification only tells who spoke.',
  'notify-said': /** @param {{ name: string }} _ */ ({ name }) => `${name} said something`,
};

/** @type {typeof en} */
export const zh = {
  'new-since': '你离开后的新消息',
  'older-asked': '正在加载更早的消息……',
  'older-came': ({ count }) => `${count} 条更早的消息`,
  'older-gone': '更早的消息没有保留。',
  'log-begins': '聊天从这里开始。',

  'people-gone': '已不在场',
  'is-online': '在线',
  'is-away': '暂时走开',
  'is-typing': '正在输入……',
  'just-left': '刚刚离开了',
  'just-dropped': '刚刚掉线了',
  'people-between': '，',
  'people-away': ({ count }) => `${count} 人走开`,

  settings: '设置',
  'settings-close': '关闭',
  'notify-label': '通知我',
  'notify-hint': '有人说话而你在看别处时提醒。',
  'notify-sample': '以后会这样提醒你。',
  'notify-denied': '浏览器禁止了本页的通知，请在浏览器的网站设置里允许。',
  'notify-insecure': '只有通过 https 打开的页面才能显示通知。',
  'notify-unsupported': '这个浏览器无法为本页显示通知。',
  'notify-text-label': '显示消息内容',
  'notify-text-hint': '关闭后，通知只说明是谁在说话。',
  'notify-said': ({ name }) => `${name} 说话了`,
};
