/** What each close code means, in a sentence for a student. */

export const en = {
  'code-1000': 'Done, in good order. Others read: left.',
  'code-1001': 'Going away: the page was left, or the server stops. Tabs that are closed say this.',
  'code-1002': 'A rule of the protocol was broken: a reserved bit, a frame without its mask, a length in too many bytes…',
  'code-1003': 'A kind of data that is not taken here. This server takes text and refuses binary.',
  'code-1005': 'Never sent. It stands for: a close frame came, but no code was in it.',
  'code-1006': 'Never sent. It stands for: no close frame came at all, the connection just ended.',
  'code-1007': 'The data contradict their kind: a text that is not UTF-8.',
  'code-1008': 'A rule of this server was broken: too fast, too many sockets; or the HTTP session has ended.',
  'code-1009': 'The message is larger than the limits allow.',
  'code-1010': 'The client wanted an extension that the server did not agree on. Only clients send it.',
  'code-1011': 'The server failed while it worked on this.',
  'code-1012': 'The server restarts. Come back after a random while, so that not all come at once.',
  'code-1013': 'The server has too much to do, here: this client read too slowly. Come back later.',
  'code-1014': 'A gateway got a bad answer from the server behind it. This server never sends it.',
  'code-1015': 'Never sent. It stands for: TLS failed before there was a WebSocket.',
  'code-4008': 'This server’s own: no sign of life within the heartbeat’s limit. 4000 to 4999 are free for such uses.',
};

/** @type {typeof en} */
export const zh = {
  'code-1000': '正常结束。其他人看到的是“离开了”。',
  'code-1001': '离去：页面被关闭或跳转，或者服务器要停止。关闭标签页时发的就是它。',
  'code-1002': '违反了协议：用了保留位、帧没有掩码、长度用了过多字节……',
  'code-1003': '不接受的数据种类。本服务器只收文本，拒绝二进制。',
  'code-1005': '从不发送。它表示：收到了关闭帧，但里面没有状态码。',
  'code-1006': '从不发送。它表示：根本没有收到关闭帧，连接就断了。',
  'code-1007': '数据与声明的种类不符：文本不是合法的 UTF-8。',
  'code-1008': '违反了本服务器的规矩：太快、连接太多；或者 HTTP 会话已结束。',
  'code-1009': '消息超过了大小限制。',
  'code-1010': '客户端需要的扩展没有谈成。只有客户端会发它。',
  'code-1011': '服务器处理时出错了。',
  'code-1012': '服务器正在重启。请隔一段随机的时间再来，免得大家同时回来。',
  'code-1013': '服务器负担过重，在这里指：客户端读得太慢。请稍后再来。',
  'code-1014': '网关从后面的服务器得到了错误的回应。本服务器从不发送。',
  'code-1015': '从不发送。它表示：TLS 失败，还没有建立 WebSocket。',
  'code-4008': '本服务器自定：在心跳时限内毫无动静。4000 到 4999 可以这样自用。',
};
