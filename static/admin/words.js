/**
 * All text of the operator's view, in both languages. As in `words.js`, but nobody else loads it.
 *
 * @import { Failure, Language } from './types.d.ts'
 */

/**
 * @param {number} n
 * @param {string} one
 * @param {string} [many]
 */
const some = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

const en = {
  'app-name': 'tertulia',
  'view-name': 'Operator’s view',
  'page-title': 'tertulia: operator’s view',
  'language-label': 'Read this in Chinese',

  'token-label': 'Token',
  'token-hint': 'It stands in the file admin-token in the server’s data directory. The log says where that is at each start.',
  'sign-in': 'Sign in',
  'sign-out': 'Sign out',
  'notice-over': 'Your session is over. Sign in again.',
  'notice-out': 'You have signed out.',
  'chat-link': 'To the chat',

  'nav-label': 'Parts of this page',
  'figures-heading': 'Live figures',
  'people-heading': 'People',
  'bans-heading': 'Bans',
  'refusals-heading': 'Refused',
  'settings-heading': 'Settings',
  'refusals-long-heading': 'Who was refused, and why',
  'settings-long-heading': 'Settings in force',

  'away-banner': 'The server does not answer. What stands here is from before. Trying again.',

  'total-users': 'people',
  'total-sockets': 'sockets',
  'total-connections': 'connections',
  'total-queued': 'queued for slow readers',
  'total-backlog': 'on its way to all',
  'total-memory': 'memory',
  'total-uptime': 'up since',
  'total-version': 'version',
  unknown: 'unknown',
  'plot-presence': 'People and sockets',
  'plot-people': 'people',
  'plot-sockets': 'sockets',
  'plot-messages': 'Frames a second',
  'plot-in': 'in',
  'plot-out': 'out',
  'plot-latency': 'From a sender’s frame to the last write',
  'plot-median': 'median',
  'plot-99': '99 of 100 below',

  'search-label': 'Find by name or id',
  'sort-label': 'Order',
  'sort-name': 'by name',
  'sort-since': 'who came first',
  'sort-since-falling': 'who came last',
  'sort-sockets-falling': 'most sockets',
  'sort-queue-falling': 'longest queue',
  'sort-round-trip-falling': 'longest round trip',
  'people-found': /** @param {{ matching: number, total: number }} _ */ ({ matching, total }) =>
    matching === total ? `${some(total, 'person', 'people')} here` : `${matching} of ${some(total, 'person', 'people')}`,
  'people-none': 'Nobody is here.',
  'people-none-found': 'Nobody here matches that.',
  'column-name': 'Name',
  'column-since': 'Here since',
  'column-address': 'Address',
  'column-queue': 'Queue',
  'column-round-trip': 'Round trip',
  'column-dialect': 'Dialect',
  'column-actions': 'Actions',
  'dialect-plain': 'plain',
  'no-socket': 'no socket just now',
  'more-sockets': /** @param {{ count: number }} _ */ ({ count }) => `only the first ${count} sockets are shown`,
  kick: 'Kick…',
  'kick-label': /** @param {{ name: string }} _ */ ({ name }) => `Kick… ${name}`,
  ban: 'Ban…',
  'ban-label': /** @param {{ name: string }} _ */ ({ name }) => `Ban… ${name}`,
  'page-back': 'Back',
  'page-on': 'On',
  'page-now': /** @param {{ page: number, pages: number }} _ */ ({ page, pages }) => `Page ${page} of ${pages}`,

  'kick-heading': /** @param {{ name: string }} _ */ ({ name }) => `Kick ${name}?`,
  'kick-effect': /** @param {{ count: number }} _ */ ({ count }) =>
    `${count === 0 ? 'Their session ends' : `${some(count, 'socket')} of theirs will be closed`} at once, and everybody else reads that they were put out. They may take a name anew and come back. To keep somebody out, ban them.`,
  'ban-heading': /** @param {{ name: string }} _ */ ({ name }) => `Ban ${name}?`,
  'ban-address-heading': 'Ban an address',
  'ban-effect': /** @param {{ addresses: string }} _ */ ({ addresses }) =>
    `Nobody gets in from ${addresses} until the ban ends, also not after a restart. Whoever is connected from there is put out at once.`,
  'ban-effect-none': 'They have no socket just now, so there is no address to ban. Wait until they are back, or ban an address by hand.',
  'ban-effect-address': 'Nobody gets in from there until the ban ends, also not after a restart. Whoever is connected from there is put out at once.',
  'address-label': 'Address or network',
  'address-hint': 'For example 203.0.113.7, 203.0.113.0/24 or 2001:db8:7::/48',
  'reason-label': 'Reason (they will read it)',
  'reason-hint': 'One line, up to 200 characters. May be left out.',
  'end-label': 'Until',
  'end-60': 'in an hour',
  'end-1440': 'in a day',
  'end-10080': 'in a week',
  'end-43200': 'in 30 days',
  'end-until': 'a date and time',
  'end-never': 'for good',
  'until-label': 'Date and time',
  'until-past': 'Choose a date and time that is still to come.',
  'do-kick': 'Kick',
  'do-ban': 'Ban',
  'do-ban-anyway': 'Ban all of them',
  cancel: 'Cancel',
  'force-own': 'That is your own address: you would lock yourself out of the chat, though not out of this page.',
  'force-others': /** @param {{ count: number }} _ */ ({ count }) =>
    `${count === 1 ? 'One other person is' : `${count} other people are`} connected from there and would be put out, too.`,
  'done-kick': /** @param {{ name: string, count: number }} _ */ ({ name, count }) => `${name} was kicked: ${some(count, 'socket')} closed.`,
  'done-ban': /** @param {{ addresses: string, count: number }} _ */ ({ addresses, count }) => `Banned: ${addresses}. ${some(count, 'socket')} closed.`,
  'done-lift': /** @param {{ address: string }} _ */ ({ address }) => `The ban of ${address} is lifted.`,

  'ban-by-hand': 'Ban an address…',
  'bans-none': 'Nobody is banned.',
  'ban-meant-for': 'Meant for',
  'ban-reason': 'Reason',
  'ban-made': 'Made',
  'ban-ends': 'Ends',
  'ban-for-good': 'never',
  lift: 'Lift',
  'lift-label': /** @param {{ address: string }} _ */ ({ address }) => `Lift the ban of ${address}`,
  'no-reason': 'none given',

  'refusals-none': 'Nobody was refused since the server started.',
  'refusals-more': /** @param {{ total: number }} _ */ ({ total }) => `${some(total, 'refusal')} since the start. Equal ones stand together, the newest first.`,
  'refusal-times': /** @param {{ count: number, time: string }} _ */ ({ count, time }) => (count === 1 ? 'once' : `${count} times since ${time}`),
  'refusal-from': /** @param {{ address: string }} _ */ ({ address }) => `from ${address}`,
  'what-origin': 'Origin of a page',
  'what-host': 'Host name',
  'what-handshake': 'Form of the handshake',
  'what-limit': 'Limit',
  'what-session': 'Session',
  'what-name': 'Name',
  'what-ban': 'Ban',
  'what-admin': 'Sign-in here',
  'what-server': 'The server itself',
  got: 'came',
  wanted: 'wanted',
  admit: 'would admit it',
  'admit-none': 'No setting would admit it.',
  copy: 'Copy',
  'copy-label': /** @param {{ text: string }} _ */ ({ text }) => `Copy ${text}`,
  copied: 'Copied.',
  'not-copied': 'The browser did not let it be copied. Mark it and copy it by hand.',

  'settings-changed': 'Only those that were set',
  'setting-name': 'Setting',
  'setting-value': 'Value',
  'setting-source': 'From',
  'setting-default': /** @param {{ value: string }} _ */ ({ value }) => `default: ${value}`,
  'setting-nothing': 'nothing',
  'source-flag': 'command line',
  'source-environment': 'environment',
  'source-file': 'file',
  'source-socket': 'service manager',
  'source-default': 'default',

  'failure-unreachable': 'The server does not answer. Try again.',
  'failure-wrong-token': 'That is not the token.',
  'failure-too-many-logins': 'Too many attempts from here. Wait ten seconds, then try again.',
  'failure-origin-refused': 'The server takes this from its own page only. Open it by the address that the server is known by.',
  'failure-no-such-user': 'They have just gone.',
  'failure-no-such-ban': 'That ban is over already.',
  'failure-no-address': 'They have no socket just now, so there is no address to ban.',
  'failure-busy': 'The server is busy and did not answer in time. Try again.',
  'failure-other': /** @param {{ message: string }} _ */ ({ message }) => `That did not work: ${message || 'the server did not say why'}.`,
};

/** @type {typeof en} */
const zh = {
  'app-name': 'tertulia',
  'view-name': '管理页',
  'page-title': 'tertulia：管理页',
  'language-label': '切换到英文',

  'token-label': '令牌',
  'token-hint': '令牌保存在服务器数据目录的 admin-token 文件里。服务器每次启动时，日志会写明这个目录的位置。',
  'sign-in': '登录',
  'sign-out': '退出',
  'notice-over': '登录已失效，请重新登录。',
  'notice-out': '你已退出。',
  'chat-link': '前往聊天室',

  'nav-label': '本页各部分',
  'figures-heading': '实时数据',
  'people-heading': '在场的人',
  'bans-heading': '封禁',
  'refusals-heading': '被拒绝',
  'settings-heading': '设置',
  'refusals-long-heading': '谁被拒绝了，为什么',
  'settings-long-heading': '当前生效的设置',

  'away-banner': '服务器没有响应，以下是之前的数据。正在重试。',

  'total-users': '人',
  'total-sockets': '连接（socket）',
  'total-connections': 'TCP 连接',
  'total-queued': '等待慢速读者',
  'total-backlog': '正在群发',
  'total-memory': '内存',
  'total-uptime': '启动于',
  'total-version': '版本',
  unknown: '未知',
  'plot-presence': '人数与连接数',
  'plot-people': '人',
  'plot-sockets': '连接',
  'plot-messages': '每秒帧数',
  'plot-in': '收',
  'plot-out': '发',
  'plot-latency': '从收到一帧到最后一次写出',
  'plot-median': '中位数',
  'plot-99': '99% 低于',

  'search-label': '按名字或 ID 查找',
  'sort-label': '排序',
  'sort-name': '按名字',
  'sort-since': '最早到的在前',
  'sort-since-falling': '最晚到的在前',
  'sort-sockets-falling': '连接最多的在前',
  'sort-queue-falling': '队列最长的在前',
  'sort-round-trip-falling': '往返时间最长的在前',
  'people-found': ({ matching, total }) => (matching === total ? `${total} 人在场` : `${total} 人中的 ${matching} 人`),
  'people-none': '没有人在场。',
  'people-none-found': '没有符合条件的人。',
  'column-name': '名字',
  'column-since': '到场时间',
  'column-address': '地址',
  'column-queue': '队列',
  'column-round-trip': '往返时间',
  'column-dialect': '协议',
  'column-actions': '操作',
  'dialect-plain': '纯文本',
  'no-socket': '目前没有连接',
  'more-sockets': ({ count }) => `只显示前 ${count} 个连接`,
  kick: '踢出…',
  'kick-label': ({ name }) => `踢出… ${name}`,
  ban: '封禁…',
  'ban-label': ({ name }) => `封禁… ${name}`,
  'page-back': '上一页',
  'page-on': '下一页',
  'page-now': ({ page, pages }) => `第 ${page} / ${pages} 页`,

  'kick-heading': ({ name }) => `踢出 ${name}？`,
  'kick-effect': ({ count }) =>
    `${count === 0 ? '对方的会话' : `对方的 ${count} 个连接`}会立即结束，其他人会看到此人被断开。对方可以重新取名再进来；如果不想让对方再进来，请使用封禁。`,
  'ban-heading': ({ name }) => `封禁 ${name}？`,
  'ban-address-heading': '封禁一个地址',
  'ban-effect': ({ addresses }) => `封禁结束之前，任何人都不能从 ${addresses} 进来，服务器重启后也一样。正从那里连接的人会立即被断开。`,
  'ban-effect-none': '对方目前没有连接，因此没有可以封禁的地址。请等对方回来，或手动封禁一个地址。',
  'ban-effect-address': '封禁结束之前，任何人都不能从那里进来，服务器重启后也一样。正从那里连接的人会立即被断开。',
  'address-label': '地址或网段',
  'address-hint': '例如 203.0.113.7、203.0.113.0/24 或 2001:db8:7::/48',
  'reason-label': '原因（对方会看到）',
  'reason-hint': '一行，最多 200 个字符，可以不填。',
  'end-label': '结束',
  'end-60': '一小时后',
  'end-1440': '一天后',
  'end-10080': '一周后',
  'end-43200': '30 天后',
  'end-until': '指定日期和时间',
  'end-never': '永不结束',
  'until-label': '日期和时间',
  'until-past': '请选择一个还没到的日期和时间。',
  'do-kick': '踢出',
  'do-ban': '封禁',
  'do-ban-anyway': '全部封禁',
  cancel: '取消',
  'force-own': '这是你自己的地址：你将无法进入聊天室，但仍然可以使用本页。',
  'force-others': ({ count }) => `另有 ${count} 人正从那里连接，他们也会被断开。`,
  'done-kick': ({ name, count }) => `已踢出 ${name}，关闭了 ${count} 个连接。`,
  'done-ban': ({ addresses, count }) => `已封禁 ${addresses}，关闭了 ${count} 个连接。`,
  'done-lift': ({ address }) => `已解除对 ${address} 的封禁。`,

  'ban-by-hand': '封禁一个地址…',
  'bans-none': '目前没有封禁。',
  'ban-meant-for': '针对',
  'ban-reason': '原因',
  'ban-made': '开始',
  'ban-ends': '结束',
  'ban-for-good': '永不',
  lift: '解除',
  'lift-label': ({ address }) => `解除对 ${address} 的封禁`,
  'no-reason': '未填写',

  'refusals-none': '服务器启动以来没有人被拒绝。',
  'refusals-more': ({ total }) => `启动以来共拒绝 ${total} 次。相同的合在一起，最新的在前。`,
  'refusal-times': ({ count, time }) => (count === 1 ? '一次' : `自 ${time} 起 ${count} 次`),
  'refusal-from': ({ address }) => `来自 ${address}`,
  'what-origin': '页面来源（Origin）',
  'what-host': '主机名',
  'what-handshake': '握手格式',
  'what-limit': '上限',
  'what-session': '会话',
  'what-name': '名字',
  'what-ban': '封禁',
  'what-admin': '管理页登录',
  'what-server': '服务器自身',
  got: '收到',
  wanted: '应为',
  admit: '以下设置可以放行',
  'admit-none': '没有设置可以放行。',
  copy: '复制',
  'copy-label': ({ text }) => `复制 ${text}`,
  copied: '已复制。',
  'not-copied': '浏览器不允许复制，请手动选中再复制。',

  'settings-changed': '只看设置过的',
  'setting-name': '设置',
  'setting-value': '值',
  'setting-source': '来自',
  'setting-default': ({ value }) => `默认：${value}`,
  'setting-nothing': '无',
  'source-flag': '命令行',
  'source-environment': '环境变量',
  'source-file': '文件',
  'source-socket': '服务管理器',
  'source-default': '默认',

  'failure-unreachable': '服务器没有响应，请重试。',
  'failure-wrong-token': '令牌不对。',
  'failure-too-many-logins': '从这里尝试的次数太多，请等十秒再试。',
  'failure-origin-refused': '服务器只接受来自它自己页面的操作，请用服务器的正式地址打开本页。',
  'failure-no-such-user': '对方刚刚离开了。',
  'failure-no-such-ban': '这个封禁已经结束了。',
  'failure-no-address': '对方目前没有连接，因此没有可以封禁的地址。',
  'failure-busy': '服务器太忙，没有及时回答，请重试。',
  'failure-other': ({ message }) => `没有成功：${message || '服务器没有说明原因'}。`,
};

/** @typedef {typeof en} Words */

/** @type {Record<Language, Words>} */
export const WORDS = { en, zh };

/** What the switch to the other language says, in that language. */
export const OTHER = {
  en: { language: /** @type {const} */ ('zh'), name: '中文' },
  zh: { language: /** @type {const} */ ('en'), name: 'English' },
};

/**
 * A word by a key that is only known at run time. The key itself where there is none: a newer server may have more.
 *
 * @param {Language} language
 * @param {string} key
 */
export function plainWord(language, key) {
  const words = /** @type {Record<string, unknown>} */ (WORDS[language]);
  const word = Object.hasOwn(words, key) ? words[key] : undefined;
  return typeof word === 'string' ? word : key;
}

/**
 * Why something was not done, in the reader's language.
 *
 * @param {Language} language
 * @param {Failure} failure
 */
export function failureSentence(language, { code, message }) {
  const words = WORDS[language];
  const known = /** @type {Record<string, unknown>} */ (words)[`failure-${code}`];
  return typeof known === 'string' ? known : words['failure-other']({ message });
}
