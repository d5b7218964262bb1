/** What the tests know of each proxy: how it is started, and which lines of its file in `deploy/` a test changes. */

const IS_ROOT = process.getuid?.() === 0;

/** @typedef {[from: string | RegExp, to: string]} Change */
/** @typedef {{ https: number, http: number, directory: string }} Place */

/**
 * @typedef {object} Kind
 * @property {string} file in `deploy/`
 * @property {(place: Place) => Change[]} ports
 * @property {Change[]} path what makes it serve `/chat`
 * @property {(time: number) => Change[]} timeout how long it lets a socket be silent, in seconds
 * @property {Change[]} ownTimeouts what leaves that to the proxy, or to Debian's configuration of it
 * @property {Change[]} noUpgrade what makes it one that knows nothing of WebSockets
 * @property {string} lacks what then is missing on arrival
 * @property {Change[]} reuse what makes it use connections to the server again for others
 * @property {Change[]} stream what makes it pass bodies on as they come
 * @property {(place: Place) => string} [around] the configuration that brings the file in
 * @property {(place: Place) => [command: string, ...args: string[]]} command
 * @property {NodeJS.Signals} reload
 * @property {RegExp} reloaded what it says then
 */

const CERTIFICATE = /\/etc\/letsencrypt\/live\/chat\.example\.org\//g;
const MODULES = ['mpm_event', 'authz_core', 'alias', 'headers', 'ssl', 'http2', 'env', 'proxy', 'proxy_http'];

/** @type {Record<'nginx' | 'haproxy' | 'apache', Kind>} */
export const KINDS = {
  nginx: {
    file: 'nginx.conf',
    ports: ({ https, http, directory }) => [
      [/^( *listen) 443 ssl/m, `$1 127.0.0.1:${https} ssl`],
      [/^( *listen) 80;/m, `$1 127.0.0.1:${http};`],
      [CERTIFICATE, `${directory}/`],
    ],
    path: [
      ['location / {', 'location /chat/ {'],
      ['location = /metrics {', 'location = /chat/metrics {'],
    ],
    timeout: (time) => [[/_timeout 75s;/g, `_timeout ${time}s;`]],
    ownTimeouts: [[/^ *proxy_(read|send)_timeout .*\n/gm, '']],
    noUpgrade: [[/^ *proxy_(http_version|set_header (Upgrade|Connection)) .*\n/gm, '']],
    lacks: 'HTTP/1.1, Upgrade: websocket, Connection: Upgrade',
    reuse: [
      ['server {', `upstream tertulia { server 127.0.0.1:8080; keepalive 16; }\nmap $http_upgrade $passed { default upgrade; '' ''; }\nserver {`],
      ['proxy_pass http://127.0.0.1:8080;', 'proxy_pass http://tertulia;'],
      ['Connection "upgrade"', 'Connection $passed'],
    ],
    stream: [['proxy_http_version 1.1;', 'proxy_http_version 1.1; proxy_request_buffering off;']],
    around: ({ directory }) => `
      pid ${directory}/pid;
      error_log stderr notice;
      events {}
      http {
        access_log off;
        ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${directory}/${name};`).join(' ')}
        include ${directory}/nginx.conf;
      }`,
    command: ({ directory }) => ['nginx', '-e', 'stderr', '-c', `${directory}/around.conf`, '-g', 'daemon off;'],
    reload: 'SIGHUP',
    reloaded: /gracefully shutting down/,
  },
  haproxy: {
    file: 'haproxy.cfg',
    ports: ({ https, http, directory }) => [
      ['bind :443 ssl', `bind 127.0.0.1:${https} ssl`],
      ['bind :80', `bind 127.0.0.1:${http}`],
      ['/etc/haproxy/chat.example.org.pem', `${directory}/both.pem`],
    ],
    path: [
      [/^ *default_backend tertulia/m, '    use_backend tertulia if { path /chat } || { path_beg /chat/ }'],
      [/^( *http-request return status 404 if) \{ path \/metrics \}/m, '$1 { path /chat/metrics }'],
    ],
    timeout: (time) => [[/^( *timeout (?:client|server|tunnel)) 75s/gm, `$1 ${time}s`]],
    ownTimeouts: [
      [/^( *timeout (?:client|server)) 75s/gm, '$1 50s'],
      [/^ *timeout tunnel .*\n/m, ''],
    ],
    noUpgrade: [['http-request del-header Forwarded', 'http-request del-header Upgrade']],
    lacks: 'Upgrade: websocket',
    reuse: [[/^backend tertulia$/m, '$&\n    http-reuse always']],
    stream: [],
    // As a service runs it: a master, and workers that it replaces.
    command: ({ directory }) => ['haproxy', '-W', '-db', '-f', `${directory}/haproxy.cfg`],
    reload: 'SIGUSR2',
    reloaded: /Loading success[^]*Loading success/,
  },
  apache: {
    file: 'apache.conf',
    ports: ({ https, http, directory }) => [
      ['<VirtualHost *:443>', `<VirtualHost *:${https}>`],
      ['<VirtualHost *:80>', `<VirtualHost *:${http}>`],
      [CERTIFICATE, `${directory}/`],
    ],
    path: [
      [/^( *ProxyPass) \/ (http:\/\/[\d.:]+)\/ /m, '$1 /chat $2/chat '],
      [/^( *ProxyPass) \/metrics !/m, '$1 /chat/metrics !'],
    ],
    // Apache waits for the longer of the two: its own is 60 s unless it is set.
    timeout: (time) => [
      ['timeout=75', `timeout=${time}`],
      ['SSLEngine on', `SSLEngine on\n    Timeout ${time}`],
    ],
    ownTimeouts: [[' timeout=75', '']],
    noUpgrade: [[' upgrade=websocket', '']],
    lacks: 'Upgrade: websocket, Connection: Upgrade',
    // It does so by itself.
    reuse: [],
    stream: [['SSLEngine on', 'SSLEngine on\n    SetEnv proxy-sendchunked 1']],
    around: ({ https, http, directory }) => `
      ServerRoot ${directory}
      ServerName localhost
      DefaultRuntimeDir ${directory}
      PidFile ${directory}/pid
      ErrorLog /dev/stderr
      ${MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
      ${IS_ROOT ? 'User www-data\nGroup www-data' : ''}
      DocumentRoot ${directory}/empty
      Listen 127.0.0.1:${https}
      Listen 127.0.0.1:${http}
      Include ${directory}/apache.conf`,
    command: ({ directory }) => ['apache2', '-f', `${directory}/around.conf`, '-D', 'FOREGROUND'],
    reload: 'SIGUSR1',
    reloaded: /graceful restart[^]*resuming normal operations/,
  },
};

/** @typedef {keyof typeof KINDS} Name */
