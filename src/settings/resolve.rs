//! Which value wins, what follows from another, and what must hold between settings.

use std::{
    ffi::OsString,
    io,
    net::SocketAddr,
    num::{NonZeroU32, NonZeroUsize},
    path::{Path, PathBuf},
};

use super::{
    Settings,
    args::Typed,
    exit::Exit,
    file::{self, File},
    source::{Given, Source},
    table::{self, Kind, Preset, Setting},
    values::{Wanted, show_time},
};

/// Where data goes when the environment names no home.
pub(super) const LAST_RESORT_DATA_DIR: &str = "tertulia-data";

/// The process's environment, or a stand-in.
type Env<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Settles every setting.
///
/// # Errors
///
/// An [`Exit`] for the first that is wrong.
pub(super) fn settings(
    typed: &Typed,
    env: Env<'_>,
    read: &dyn Fn(&Path) -> io::Result<String>,
) -> Result<Settings, Exit> {
    let file = config_file(typed, env, read)?;
    let mut settings = Settings {
        data_dir: default_data_dir(env),
        ..Settings::default()
    };
    for setting in table::all() {
        let (source, values) = match written(setting, typed, env)? {
            Some(found) => found,
            None => in_file(setting, file.as_ref()).unwrap_or((Source::Default, Vec::new())),
        };
        let line = file.as_ref().and_then(|file| file.lines.get(setting.name).copied());
        for value in &values {
            (setting.set)(&mut settings, value)
                .map_err(|wanted| Exit::wrong_value(&source, setting.name, value, &wanted))?;
        }
        settings.given.push(Given {
            name: setting.name,
            line: line.filter(|_| matches!(source, Source::File(_))),
            source,
            values,
        });
    }
    derive(&mut settings);
    tell_defaults(&mut settings);
    check(&settings)?;
    Ok(settings)
}

/// The file that flag or environment names, read.
fn config_file(typed: &Typed, env: Env<'_>, read: &dyn Fn(&Path) -> io::Result<String>) -> Result<Option<File>, Exit> {
    let is_config = |setting: &&Setting| setting.kind == Kind::ConfigFile;
    let Some(setting) = table::all().find(is_config) else {
        return Ok(None);
    };
    let Some((source, values)) = written(setting, typed, env)? else {
        return Ok(None);
    };
    let path = values.first().map_or("", String::as_str);
    let content = read(Path::new(path)).map_err(|error| {
        let wanted = Wanted::new(format_args!("a TOML file is wanted; this cannot be read: {error}"));
        Exit::wrong_value(&source, setting.name, path, &wanted)
    })?;
    file::parse(Path::new(path), &content).map(Some)
}

/// What the command line or else the environment says. A variable that is empty says nothing: that is how service
/// managers and containers leave one out.
fn written(setting: &Setting, typed: &Typed, env: Env<'_>) -> Result<Option<(Source, Vec<String>)>, Exit> {
    if let Some(values) = typed.values.get(setting.name) {
        let values: Result<_, _> = values
            .iter()
            .map(|value| unicode(&Source::Flag, setting.name, value))
            .collect();
        return Ok(Some((Source::Flag, values?)));
    }
    let Some(value) = env(&table::variable(setting.name)).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let value = unicode(&Source::Environment, setting.name, &value)?;
    let values = match setting.kind {
        Kind::Many => value
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(Into::into)
            .collect(),
        _ => vec![value],
    };
    Ok(Some((Source::Environment, values)))
}

fn unicode(source: &Source, name: &str, value: &OsString) -> Result<String, Exit> {
    value.to_str().map(Into::into).ok_or_else(|| {
        Exit::wrong_value(
            source,
            name,
            &value.to_string_lossy(),
            &Wanted::new("a text in UTF-8 is wanted"),
        )
    })
}

fn in_file(setting: &Setting, file: Option<&File>) -> Option<(Source, Vec<String>)> {
    let file = file?;
    let values = file.values.get(setting.name)?;
    Some((Source::File(file.path.clone()), values.clone()))
}

/// `bind` is where the socket listens that was handed over, whatever was said of it, and what follows from it is derived
/// anew.
///
/// # Errors
///
/// An [`Exit`] if another setting cannot stand beside it.
pub(super) fn on_socket(mut settings: Settings, address: SocketAddr) -> Result<Settings, Exit> {
    settings.bind = address;
    if let Some(bind) = settings.given.iter_mut().find(|given| given.name == "bind") {
        *bind = Given {
            name: bind.name,
            source: Source::Socket,
            line: None,
            values: vec![address.to_string()],
        };
    }
    derive(&mut settings);
    tell_defaults(&mut settings);
    check(&settings)?;
    Ok(settings)
}

/// What systemd made for this service; else as the XDG convention has it. A path that is not absolute does not count.
fn default_data_dir(env: Env<'_>) -> PathBuf {
    let directory = |name| env(name).map(PathBuf::from);
    // A list with colons, should the unit name several.
    let of_service = env("STATE_DIRECTORY")
        .and_then(|list| list.to_str()?.split(':').next().map(PathBuf::from))
        .filter(|path| path.is_absolute());
    if let Some(directory) = of_service {
        return directory;
    }
    let xdg = directory("XDG_DATA_HOME").filter(|path| path.is_absolute());
    let home = || {
        directory("HOME")
            .filter(|path| path.is_absolute())
            .map(|home| home.join(".local/share"))
    };
    xdg.or_else(home)
        .map_or_else(|| LAST_RESORT_DATA_DIR.into(), |share| share.join("tertulia"))
}

/// Defaults that follow from other settings.
fn derive(settings: &mut Settings) {
    if is_default(settings, "lab") {
        // Whatever names somebody who comes from elsewhere closes it.
        let is_alone = settings.public_urls.is_empty()
            && settings.allowed_hosts.is_empty()
            && settings.trusted_proxies.0.is_empty();
        settings.lab = is_alone && settings.bind.ip().is_loopback();
    }
    if is_default(settings, "max-handshakes-per-second") {
        let per_second = |sockets: NonZeroU32| (sockets.get() / Settings::SOCKETS_PER_HANDSHAKE).max(1);
        settings.max_handshakes_per_second = settings
            .max_sockets_per_address
            .map(per_second)
            .and_then(NonZeroU32::new);
    }
    if is_default(settings, "max-bytes-per-second") {
        let bytes = |frames: NonZeroU32| (frames.get() as usize).saturating_mul(Settings::BYTES_PER_FRAME);
        settings.max_bytes_per_second = settings.max_frames_per_second.map(bytes).and_then(NonZeroUsize::new);
    }
    if is_default(settings, "history-bytes")
        && let Some(outbox) = settings.outbox_bytes
    {
        settings.history_bytes = settings
            .history_bytes
            .and_then(|bytes| NonZeroUsize::new(bytes.get().min(outbox.get() / 2)));
    }
}

/// Writes down what the defaults came to.
fn tell_defaults(settings: &mut Settings) {
    let mut given = std::mem::take(&mut settings.given);
    for (given, setting) in given.iter_mut().zip(table::all()) {
        if given.source != Source::Default {
            continue;
        }
        given.values = match (setting.name, &setting.default) {
            ("data-dir", _) => vec![settings.data_dir.display().to_string()],
            ("lab", _) => vec![settings.lab.to_string()],
            ("workers", _) => vec![settings.workers.to_string()],
            ("max-handshakes-per-second", _) => {
                vec![
                    settings
                        .max_handshakes_per_second
                        .map_or(0, NonZeroU32::get)
                        .to_string(),
                ]
            }
            ("max-bytes-per-second", _) => {
                vec![settings.max_bytes_per_second.map_or(0, NonZeroUsize::get).to_string()]
            }
            ("history-bytes", _) => vec![settings.history_bytes.map_or(0, NonZeroUsize::get).to_string()],
            (_, Preset::Value(text)) => vec![(*text).into()],
            _ => Vec::new(),
        };
    }
    settings.given = given;
}

fn is_default(settings: &Settings, name: &str) -> bool {
    settings.given(name).is_none_or(|given| given.source == Source::Default)
}

/// What must hold between settings. The one that was set is blamed, and of two the one that must be the larger.
fn check(settings: &Settings) -> Result<(), Exit> {
    if let (Some(interval), Some(timeout)) = (settings.heartbeat_interval, settings.heartbeat_timeout)
        && timeout <= interval
    {
        let (interval, timeout) = (show_time(interval), show_time(timeout));
        let longer = format!("longer than --heartbeat-interval ({interval}) is wanted; 0 switches it off");
        let shorter = format!("shorter than --heartbeat-timeout ({timeout}) is wanted; 0 switches it off");
        return Err(match is_default(settings, "heartbeat-timeout") {
            true => blame(
                settings,
                "heartbeat-interval",
                shorter,
                "set --heartbeat-timeout too, to twice the interval",
            ),
            false => blame(
                settings,
                "heartbeat-timeout",
                longer,
                "twice the interval forgives one lost ping",
            ),
        });
    }
    if let (Some(history), Some(outbox)) = (settings.history_bytes, settings.outbox_bytes)
        && history.get() > outbox.get() / 2
    {
        let what = format!("at most half of --outbox-bytes ({outbox}) is wanted; 0 keeps nothing");
        return Err(blame(
            settings,
            "history-bytes",
            what,
            "all of it may be sent to one who comes back",
        ));
    }
    let is_taken =
        |address: SocketAddr, others: &[Option<SocketAddr>]| address.port() != 0 && others.contains(&Some(address));
    let bind = Some(settings.bind);
    if let Some(address) = settings.metrics_bind
        && is_taken(address, &[bind])
    {
        let other = "another address than that of --bind is wanted".into();
        let hint = "leave it out, and /metrics is served with the page";
        return Err(blame(settings, "metrics-bind", other, hint));
    }
    if let Some(address) = settings.admin_bind
        && is_taken(address, &[bind, settings.metrics_bind])
    {
        let other = "another address than those of --bind and --metrics-bind is wanted".into();
        let hint = "leave it out, and /admin is served with the page, behind its token";
        return Err(blame(settings, "admin-bind", other, hint));
    }
    if let Some(address) = settings.tls_redirect_bind
        && is_taken(address, &[bind, settings.metrics_bind, settings.admin_bind])
    {
        let other = "another address than those of --bind, --metrics-bind and --admin-bind is wanted".into();
        let hint = "people type http:// and mean port 80";
        return Err(blame(settings, "tls-redirect-bind", other, hint));
    }
    check_tls(settings)
}

/// TLS is there with both of its files, or not at all.
fn check_tls(settings: &Settings) -> Result<(), Exit> {
    let hint = "TLS needs both, as PEM files";
    match (&settings.tls_cert, &settings.tls_key) {
        (Some(_), None) => return Err(blame(settings, "tls-cert", "--tls-key is wanted too".into(), hint)),
        (None, Some(_)) => return Err(blame(settings, "tls-key", "--tls-cert is wanted too".into(), hint)),
        _ => {}
    }
    if settings.tls_redirect_bind.is_some() && !settings.has_tls() {
        let wanted = "--tls-cert and --tls-key are wanted too".into();
        let hint = "without them there is nowhere to lead to; a proxy with TLS leads by itself";
        return Err(blame(settings, "tls-redirect-bind", wanted, hint));
    }
    if settings.tls_challenge_dir.is_some() && settings.tls_redirect_bind.is_none() {
        let wanted = "--tls-redirect-bind is wanted too".into();
        let hint = "an issuer looks for proofs on port 80, which is where that one mostly is";
        return Err(blame(settings, "tls-challenge-dir", wanted, hint));
    }
    Ok(())
}

fn blame(settings: &Settings, name: &str, what: String, hint: &str) -> Exit {
    let wanted = Wanted {
        what,
        hint: Some(hint.into()),
    };
    let (source, value) = settings.given(name).map_or((&Source::Default, ""), |given| {
        (&given.source, given.values.first().map_or("", String::as_str))
    });
    Exit::wrong_value(source, name, value, &wanted)
}
