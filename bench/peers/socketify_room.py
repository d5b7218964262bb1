"""The broadcast of socketify's documentation, by topics of uWebSockets:  python socketify_room.py PORT

For speed: no compression; bytes are handed on as they came; an outbox large enough that nothing is dropped in a storm.
"""

import resource
import sys

from socketify import App, AppListenOptions, CompressOptions

_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

app = App()


def opened(socket):
    socket.subscribe("room")


def said(socket, message, opcode):
    app.publish("room", message, opcode)


app.ws(
    "/*",
    {
        "compression": CompressOptions.DISABLED,
        "max_payload_length": 1024 * 1024,
        "max_backpressure": 64 * 1024 * 1024,
        "idle_timeout": 0,
        "open": opened,
        "message": said,
    },
)
app.listen(AppListenOptions(port=int(sys.argv[1]), host="127.0.0.1"))
app.run()
