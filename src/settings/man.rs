//! The man page, made of the table like the help texts, in the macros of man(7).

use super::{
    help::{self, OTHER, SOURCES},
    table::{self, GROUPS},
};

const HEAD: &str = r#".SH NAME
tertulia \- a self\-hosted web chat in one binary
.SH SYNOPSIS
.B tertulia
.RI [ OPTIONS ]
.br
.B tertulia check\-origin
.RI [ OPTIONS ]
.I URL
.br
.B tertulia health
.RI [ OPTIONS ]
.RI [ URL ]
.br
.B tertulia completions
.I SHELL
.br
.B tertulia man
.SH DESCRIPTION
Serves a web chat: the page, its WebSocket, and an operator's view at
.IR /admin .
Without any option it is reached from this machine only, at
.IR http://127.0.0.1:8080 .
.PP
"#;

/// Sections after the options, in roff.
const TAIL: &str = r#".SH EXIT STATUS
0 after SIGTERM or Ctrl\-C, or a yes; 1 if the server could not start or failed, or a no; 2 for wrong usage.
.SH ENVIRONMENT
Each option has a variable, as told with it. Further:
.TP
.BR LISTEN_FDS ", " LISTEN_PID
A socket that a service manager listens on is served instead of
.BR \-\-bind ;
see
.BR systemd.socket (5).
.TP
.BR NOTIFY_SOCKET ", " WATCHDOG_USEC
Where the service manager hears that the server is ready, stops, and is alive; see
.BR sd_notify (3).
.TP
.B STATE_DIRECTORY
Where data is kept under systemd, unless
.B \-\-data\-dir
says otherwise.
.SH FILES
.TP
.I /etc/tertulia/tertulia.toml
Settings of the packaged service.
.TP
.I /var/lib/tertulia
Its data:
.I admin\-token
opens the operator's view.
.SH SEE ALSO
.BR systemd.service (5),
.BR systemd.socket (5)
"#;

/// The whole page.
pub(super) fn page() -> String {
    let mut page = format!(".TH TERTULIA 1 \"\" \"tertulia {}\"\n", env!("CARGO_PKG_VERSION"));
    page += HEAD;
    page += &paragraph(SOURCES);
    page += ".SH OPTIONS\n";
    for group in GROUPS {
        page += &format!(".SS {}\n", escaped(group.heading));
        for setting in group.settings {
            page += &format!(".TP\n.B {}\n", escaped(&help::usage(setting)));
            let paragraphs: Vec<String> = setting.long.lines().map(paragraph).collect();
            page += &paragraphs.join(".IP\n");
            let (default, variable) = (setting.default_text(), table::variable(setting.name));
            page += &format!(
                ".IP\nDefault: {}. Variable: {}.\n",
                escaped(default),
                escaped(&variable)
            );
        }
    }
    page += ".SS Other\n";
    for (name, about) in OTHER {
        page += &format!(".TP\n.B {}\n{}", escaped(name), paragraph(about));
    }
    page + TAIL
}

fn paragraph(text: &str) -> String {
    format!("{}\n", escaped(text))
}

/// Text as it reads, whatever roff makes of its characters: a backslash commands, a hyphen may become a dash, and a line
/// that begins with a point or an apostrophe is a macro.
fn escaped(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-");
    match escaped.starts_with(['.', '\'']) {
        true => format!("\\&{escaped}"),
        false => escaped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn man_page_tells_every_setting_with_variable_and_default() {
        let page = page().replace("\\-", "-");
        for setting in table::all() {
            for part in [
                format!(".B {}\n", help::usage(setting)),
                format!(
                    "Default: {}. Variable: {}.\n",
                    setting.default_text(),
                    table::variable(setting.name)
                ),
            ] {
                assert!(page.contains(&part), "{part}");
            }
        }
    }

    #[test]
    fn what_roff_would_take_for_a_command_is_escaped() {
        for (text, wanted) in [
            ("a-b", "a\\-b"),
            (".TH", "\\&.TH"),
            ("'s", "\\&'s"),
            ("C:\\n", "C:\\en"),
            ("plain. text", "plain. text"),
        ] {
            assert_eq!(escaped(text), wanted);
        }
    }
}
