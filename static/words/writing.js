/** Words of writing: the box, its menus, lines on their way. `words.js` joins them with all others. */

export const en = {
  'text-controls': 'There are control characters in this, which nobody can see. Take them out, or paste it again.',
  'remark-no-files': 'Only text can be said here, no files and no pictures.',
  'remark-too-many': 'Too many lines wait for the connection already. This one stays in the box.',
  'remark-controls-removed': 'Control characters, which nobody can see, were left out of what you pasted.',

  'typing-one': /** @param {{ name: string }} _ */ ({ name }) => `${name} is typing…`,
  'typing-two': /** @param {{ name: string, other: string }} _ */ ({ name, other }) => `${name} and ${other} are typing…`,
  'typing-many': 'Several people are typing…',

  'pending-failed': /** @param {{ count: number, why: string }} _ */ ({ count, why }) =>
    count === 1 ? `Not sent: ${why}` : `${count} lines were not sent. ${why}`,

  'complete-names': 'People here',
  'complete-emoji': 'Emoji',
  'complete-count': /** @param {{ count: number }} _ */ ({ count }) =>
    `${count === 1 ? '1 suggestion' : `${count} suggestions`}: arrows choose, Enter takes, Escape closes`,

  'emoji-open': 'Emoji',
  'emoji-heading': 'Emoji',
  'emoji-search': 'Search emoji',
  'emoji-groups': 'Kinds of emoji',
  'emoji-loading': 'One moment…',
  'emoji-failed': 'The emoji could not be fetched. Open this again to try once more.',
  'emoji-none': 'No emoji has that name. Try another word, in English or Chinese.',
  'emoji-none-recent': 'The emoji you use will stand here.',
  'emoji-found': /** @param {{ count: number }} _ */ ({ count }) => `${count} emoji`,
  'emoji-recent': 'Used last',
  'emoji-smileys-emotion': 'Smileys and feelings',
  'emoji-people-body': 'People',
  'emoji-animals-nature': 'Animals and nature',
  'emoji-food-drink': 'Food and drink',
  'emoji-travel-places': 'Travel and places',
  'emoji-activities': 'Activities',
  'emoji-objects': 'Things',
  'emoji-symbols': 'Signs',
  'emoji-flags': 'Flags',

  'mention-of-you': ' (you)',
};

/** @type {typeof en} */
export const zh = {
  'text-controls': '内容中有看不见的控制字符，请删除或重新粘贴。',
  'remark-no-files': '这里只能发送文字，不能发送文件或图片。',
  'remark-too-many': '等待发送的消息已经太多，这一条先留在输入框里。',
  'remark-controls-removed': '粘贴的内容里有看不见的控制字符，已去掉。',

  'typing-one': ({ name }) => `${name} 正在输入……`,
  'typing-two': ({ name, other }) => `${name} 和 ${other} 正在输入……`,
  'typing-many': '好几个人正在输入……',

  'pending-failed': ({ count, why }) => (count === 1 ? `没有发送成功：${why}` : `有 ${count} 条消息没有发送成功。${why}`),

  'complete-names': '在场的人',
  'complete-emoji': '表情',
  'complete-count': ({ count }) => `${count} 个建议：方向键选择，Enter 确认，Esc 关闭`,

  'emoji-open': '表情',
  'emoji-heading': '表情',
  'emoji-search': '搜索表情',
  'emoji-groups': '表情分类',
  'emoji-loading': '请稍候……',
  'emoji-failed': '表情加载失败，请重新打开再试。',
  'emoji-none': '没有找到表情，换个中文或英文词试试。',
  'emoji-none-recent': '你用过的表情会出现在这里。',
  'emoji-found': ({ count }) => `${count} 个表情`,
  'emoji-recent': '最近使用',
  'emoji-smileys-emotion': '笑脸与情绪',
  'emoji-people-body': '人物',
  'emoji-animals-nature': '动物与自然',
  'emoji-food-drink': '食物与饮料',
  'emoji-travel-places': '旅行与地点',
  'emoji-activities': '活动',
  'emoji-objects': '物品',
  'emoji-symbols': '符号',
  'emoji-flags': '旗帜',

  'mention-of-you': '（你）',
};
