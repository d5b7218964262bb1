/** The experiments: what each is called, and what will happen. What then did happen is told from what was seen. */

export const en = {
  'try-endings': 'Endings',
  'try-rules': 'Broken rules',
  'try-others': 'Tabs and strangers',
  'try-alone': 'Open the chat in a second browser, under another name, to see what the others see.',
  'try-away': 'Stay away until the others are told',
  'try-away-hint': /** @param {{ seconds: number }} _ */ ({ seconds }) =>
    `The grace is ${seconds} s: whoever is back within it was never away, and nobody is told.`,
  'try-away-unknown': /** @param {{ seconds: number }} _ */ ({ seconds }) =>
    `The grace is ${seconds} s unless this server was set otherwise: whoever is back within it was never away, and nobody is told.`,
  'try-do': 'Do it',
  'try-seen': 'What really happened',
  'try-rule': 'Which rule to break',

  'trial-close': 'Close with 1000',
  'trial-close-will': 'The page sends a close frame with code 1000, the server echoes it and closes TCP. That is good order: if you stay away, the others read that you left (offline).',
  'trial-vanish': 'Vanish without a close frame',
  'trial-vanish-will': 'No page can do this, so the server resets the TCP connection for you: no close frame is seen, the browser says 1006, and the server takes it for a broken network. If you stay away, the others read that you dropped out (connection-lost).',
  'trial-deaf': 'Stop answering',
  'trial-deaf-will': /** @param {{ seconds: number }} _ */ ({ seconds }) =>
    `From now on nothing that comes from this socket counts as a sign of life, pongs included, as if your answers were lost. After ${seconds} s of silence it gives up with 4008. If you stay away, the others read that you dropped out (heartbeat-timeout).`,
  'trial-deaf-left': /** @param {{ seconds: number }} _ */ ({ seconds }) => `The heartbeat’s limit is reached in ${seconds} s…`,
  'trial-text': 'A text frame',
  'trial-text-will': 'A frame with opcode 0x1 that holds the command server-time: the server answers it, to this socket alone.',
  'trial-json': 'A malformed command',
  'trial-json-will': 'A text frame whose JSON ends too early. The protocol is kept, the dialect is not: an error frame answers, and the socket lives on.',
  'trial-binary': 'A binary frame',
  'trial-binary-will': 'A frame with opcode 0x2. This server takes text only and closes with 1003.',
  'trial-long': 'An over-long frame',
  'trial-long-will': /** @param {{ bytes: number }} _ */ ({ bytes }) =>
    `A text frame of ${bytes} bytes, one more than is taken. The header tells its length, so the server closes with 1009 before it has read the rest.`,
  'trial-flood': 'A flood',
  'trial-flood-will': /** @param {{ count: number }} _ */ ({ count }) =>
    `${count} small frames at once, more than the limit of ten seconds. The server says too-fast and closes with 1008.`,
  'trial-feed': 'A malformed frame',
  'trial-feed-will': /** @param {{ text: string }} _ */ ({ text }) =>
    `A browser never sends one. So the server feeds these bytes into its own decoder for this socket, as if they had come from you: ${text}. The decoder judges them by the rule and closes.`,
  'trial-tab': 'A second tab',
  'trial-tab-will': 'Opens this page once more. Two sockets with one cookie are one person: nobody is told that somebody came.',
  'trial-origin': 'A foreign origin',
  'trial-origin-will': /** @param {{ name: string }} _ */ ({ name }) =>
    `This page knocks at ${name}: the same server under another name, so to that name this page is a stranger. The handshake ends with 403; the browser tells scripts only that it failed (1006).`,
  'trial-origin-none': 'This server has no second name that this page could knock at. From a terminal, with any other origin:',

  'rule-unmasked': 'no mask',
  'rule-reserved-bit': 'reserved bit set',
  'rule-reserved-opcode': 'reserved opcode',
  'rule-bad-utf8': 'not UTF-8',
  'rule-fragmented-ping': 'a ping in fragments',
  'rule-short-close': 'half a close code',
  'rule-long-length': 'length not minimal',

  'saw-sent': /** @param {{ text: string }} _ */ ({ text }) => `The page sent ${text}.`,
  'saw-frame': /** @param {{ text: string }} _ */ ({ text }) => `The server answered ${text}.`,
  'saw-closing': 'The page asked for the end: CLOSING.',
  'saw-closed': /** @param {{ code: number, reason: string }} _ */ ({ code, reason }) =>
    `The socket closed with ${code}${reason ? ` “${reason}”` : ''}.`,
  'saw-failed': 'The handshake failed, says the browser; it does not tell a script why.',
  'saw-admitted': 'The socket opened: this server admits that origin too.',
  'saw-server': /** @param {{ text: string }} _ */ ({ text }) => text,
  'saw-back': 'Back: a new socket is open. What the server has to tell of the meantime:',
  'saw-away': /** @param {{ seconds: number }} _ */ ({ seconds }) => `Staying away: back in ${seconds} s…`,
  'saw-not-open': 'There is no open socket now. Wait until the page is back.',
  'saw-waiting': 'Waiting for what happens…',
};

/** @type {typeof en} */
export const zh = {
  'try-endings': '结束的方式',
  'try-rules': '破坏规矩',
  'try-others': '标签页与陌生人',
  'try-alone': '请用另一个浏览器、另一个名字打开聊天，才看得到别人看到什么。',
  'try-away': '等其他人得到通知再回来',
  'try-away-hint': ({ seconds }) => `宽限期是 ${seconds} 秒：在此期间回来的等于没有走过，谁也不会被通知。`,
  'try-away-unknown': ({ seconds }) => `宽限期一般是 ${seconds} 秒：在此期间回来的等于没有走过，谁也不会被通知。`,
  'try-do': '开始',
  'try-seen': '真正发生了什么',
  'try-rule': '破坏哪条规矩',

  'trial-close': '以 1000 关闭',
  'trial-close-will': '页面发送带 1000 的关闭帧，服务器原样回应并关闭 TCP。这是正常结束：如果你不马上回来，其他人读到你离开了（offline）。',
  'trial-vanish': '突然消失，不发关闭帧',
  'trial-vanish-will': '页面自己做不到，所以由服务器替你重置 TCP 连接：没有关闭帧，浏览器报 1006，服务器当作网络断了。如果你不马上回来，其他人读到你掉线了（connection-lost）。',
  'trial-deaf': '不再回应',
  'trial-deaf-will': ({ seconds }) =>
    `从现在起这个连接发来的一切都不算动静，连 pong 也不算，就像你的回应都丢了。沉默 ${seconds} 秒后服务器以 4008 放弃。如果你不马上回来，其他人读到你掉线了（heartbeat-timeout）。`,
  'trial-deaf-left': ({ seconds }) => `离心跳时限还有 ${seconds} 秒……`,
  'trial-text': '一个文本帧',
  'trial-text-will': '操作码 0x1 的帧，内容是命令 server-time：服务器只回答这一个连接。',
  'trial-json': '一个残缺的命令',
  'trial-json-will': '一个文本帧，里面的 JSON 没写完。协议没有违反，只是说错了话：服务器回一个 error 帧，连接继续。',
  'trial-binary': '一个二进制帧',
  'trial-binary-will': '操作码 0x2 的帧。本服务器只收文本，以 1003 关闭。',
  'trial-long': '一个过长的帧',
  'trial-long-will': ({ bytes }) => `一个 ${bytes} 字节的文本帧，比上限多一个字节。帧头已说明长度，所以服务器不等读完就以 1009 关闭。`,
  'trial-flood': '刷屏',
  'trial-flood-will': ({ count }) => `一下子发 ${count} 个小帧，超过十秒的限额。服务器回 too-fast，并以 1008 关闭。`,
  'trial-feed': '一个畸形的帧',
  'trial-feed-will': ({ text }) =>
    `浏览器发不出这样的帧。所以由服务器把这些字节喂给自己为这个连接准备的解码器，就当是你发来的：${text}。解码器按规矩判断并关闭。`,
  'trial-tab': '第二个标签页',
  'trial-tab-will': '再打开一次本页。同一个 cookie 的两个连接是同一个人：没有人会被通知有人来了。',
  'trial-origin': '外来源',
  'trial-origin-will': ({ name }) =>
    `本页去敲 ${name} 的门：同一个服务器的另一个名字，对那个名字来说本页是陌生人。握手以 403 结束；浏览器只告诉脚本失败了（1006）。`,
  'trial-origin-none': '本服务器没有第二个名字可供本页去敲。可以在终端里用任何别的来源来试：',

  'rule-unmasked': '没有掩码',
  'rule-reserved-bit': '用了保留位',
  'rule-reserved-opcode': '用了保留操作码',
  'rule-bad-utf8': '不是 UTF-8',
  'rule-fragmented-ping': '分片的 ping',
  'rule-short-close': '半个关闭状态码',
  'rule-long-length': '长度不是最短写法',

  'saw-sent': ({ text }) => `页面发出了 ${text}。`,
  'saw-frame': ({ text }) => `服务器回答了 ${text}。`,
  'saw-closing': '页面要求结束：CLOSING。',
  'saw-closed': ({ code, reason }) => `连接以 ${code}${reason ? `“${reason}”` : ''} 关闭。`,
  'saw-failed': '浏览器说握手失败了；它不告诉脚本为什么。',
  'saw-admitted': '连接打开了：本服务器也接纳那个来源。',
  'saw-server': ({ text }) => text,
  'saw-back': '回来了：新的连接已打开。服务器讲述这段时间里的事：',
  'saw-away': ({ seconds }) => `暂时不回来：还有 ${seconds} 秒……`,
  'saw-not-open': '现在没有打开的连接。请等页面回来再试。',
  'saw-waiting': '等着看会发生什么……',
};
