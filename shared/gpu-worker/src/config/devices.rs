//! Several devices in one machine: a worker for each, and what its settings are.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::{ConfigError, SettingsSource, default_spool, wrong};

/// What `WORKER_DEVICE` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceList {
    /// One device, or none: the worker computes there itself.
    One,
    /// These, each with a worker of its own.
    Several(Vec<String>),
    /// Every GPU that CUDA shows.
    AllGpus,
}

/// One of several workers: its device, and all settings. Keys are among them, so it has no `Debug` form.
#[derive(Clone)]
pub struct DeviceWorker {
    pub device: String,
    pub worker_id: String,
    /// The settings that are its own, by variable. The others are everybody's.
    pub own: Vec<(&'static str, String)>,
    pub source: SettingsSource,
}

/// Reads which devices there are to be.
///
/// # Errors
///
/// When a name means nothing, or one GPU is named twice.
pub fn read_device_list(source: &SettingsSource) -> Result<DeviceList, ConfigError> {
    let Some(text) = source.get("WORKER_DEVICE") else {
        return Ok(DeviceList::One);
    };
    if text.trim() == ALL_GPUS {
        return Ok(DeviceList::AllGpus);
    }
    if !text.contains(',') {
        return Ok(DeviceList::One);
    }
    let mut devices = Vec::new();
    for name in text.split(',').map(str::trim) {
        let device = full_name(name).ok_or_else(|| {
            wrong(
                "WORKER_DEVICE",
                format!("`{name}` is no device of a list: say cuda:0,cuda:1 or cuda:all"),
            )
        })?;
        // Two workers would each count on all of a GPU's memory. A processor has no such bound, and is for trying out.
        if device != PROCESSOR && devices.contains(&device) {
            return Err(wrong("WORKER_DEVICE", format!("names {device} twice")));
        }
        devices.push(device);
    }
    Ok(DeviceList::Several(devices))
}

const ALL_GPUS: &str = "cuda:all";
const PROCESSOR: &str = "cpu";

fn full_name(name: &str) -> Option<String> {
    match name.split_once(':') {
        None if name == PROCESSOR => Some(name.to_owned()),
        None if name == "cuda" => Some("cuda:0".to_owned()),
        Some(("cuda", number)) => Some(format!("cuda:{}", number.parse::<usize>().ok()?)),
        _ => None,
    }
}

/// The names of all of so many GPUs.
#[must_use]
pub fn all_gpus(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("cuda:{number}")).collect()
}

/// What each device's worker is to be told: its name and key from the lists, a folder of the spool under its name, and
/// ports one after the other.
///
/// # Errors
///
/// When names or keys do not fit the devices.
pub fn device_workers(
    source: &SettingsSource,
    devices: &[String],
) -> Result<Vec<DeviceWorker>, ConfigError> {
    let names = list_for(
        source,
        "WORKER_ID",
        devices,
        "the names that WORKER_KEY was made for",
    )?;
    let keys = list_for(
        source,
        "WORKER_KEY",
        devices,
        "these workers' own keys (`npm run keys -- --worker NAME,NAME` prints them)",
    )?;
    if let Some(name) = names
        .iter()
        .enumerate()
        .find_map(|(index, name)| names.get(..index)?.contains(name).then_some(name))
    {
        return Err(wrong("WORKER_ID", format!("names {name} twice")));
    }
    let spool = source
        .get("WORKER_SPOOL")
        .map_or_else(default_spool, PathBuf::from);
    let mut workers = Vec::new();
    for (index, ((device, worker_id), key)) in devices.iter().zip(names).zip(keys).enumerate() {
        let folder = spool.join(&worker_id).display().to_string();
        let mut own = vec![
            ("WORKER_DEVICE", device.clone()),
            ("WORKER_ID", worker_id.clone()),
            ("WORKER_KEY", key),
            ("WORKER_SPOOL", folder),
        ];
        for name in ["WORKER_METRICS", "WORKER_CHAT"] {
            if let Some(address) = source.get(name) {
                own.push((name, next_port(name, &address, index)?));
            }
        }
        workers.push(DeviceWorker {
            device: device.clone(),
            worker_id,
            source: source.with(&own),
            own,
        });
    }
    Ok(workers)
}

/// As many values as devices. There may be more: a GPU that is gone must not keep the others from their work.
fn list_for(
    source: &SettingsSource,
    name: &'static str,
    devices: &[String],
    what: &str,
) -> Result<Vec<String>, ConfigError> {
    let text = source.need(name, what)?;
    let values: Vec<String> = text.split(',').map(|each| each.trim().to_owned()).collect();
    if values.len() < devices.len() {
        return Err(wrong(
            name,
            format!(
                "lists {} for {} devices ({}): each has a worker with a name and a key of its own",
                values.len(),
                devices.len(),
                devices.join(", ")
            ),
        ));
    }
    Ok(values)
}

/// The address with its port so much higher. What is no address is left for its reader to refuse.
fn next_port(name: &str, text: &str, index: usize) -> Result<String, ConfigError> {
    let Ok(mut address) = text.trim().parse::<SocketAddr>() else {
        return Ok(text.to_owned());
    };
    let port = u16::try_from(index)
        .ok()
        .and_then(|index| address.port().checked_add(index))
        .ok_or_else(|| wrong(name, "leaves too few ports for all devices"))?;
    address.set_port(port);
    Ok(address.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(pairs: &[(&str, &str)]) -> SettingsSource {
        let find = |name: &str| {
            let found = pairs.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        SettingsSource::new(None, find).unwrap()
    }

    fn devices(text: &str) -> Result<DeviceList, ConfigError> {
        read_device_list(&source(&[("WORKER_DEVICE", text)]))
    }

    #[test]
    fn a_list_is_several_and_a_name_is_one() {
        let several = |names: &[&str]| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            Ok(DeviceList::Several(names))
        };
        assert_eq!(read_device_list(&source(&[])), Ok(DeviceList::One));
        assert_eq!(devices("cuda:1"), Ok(DeviceList::One));
        assert_eq!(devices("cuda:all"), Ok(DeviceList::AllGpus));
        assert_eq!(devices("cuda, cuda:3"), several(&["cuda:0", "cuda:3"]));
        assert_eq!(devices("cpu,cpu"), several(&["cpu", "cpu"]));
        for (text, problem) in [
            ("cuda:0,cuda:all", "`cuda:all` is no device"),
            ("cuda:0,", "`` is no device"),
            ("cuda,cuda:0", "names cuda:0 twice"),
        ] {
            let error = devices(text).unwrap_err();
            assert!(error.0.contains(problem), "{text}: {error}");
        }
    }

    #[test]
    fn each_worker_has_a_name_a_key_a_folder_and_ports_of_its_own() {
        let source = source(&[
            ("WORKER_ID", "box-0, box-1"),
            ("WORKER_KEY", "key-0,key-1"),
            ("WORKER_SPOOL", "/spool"),
            ("WORKER_METRICS", "127.0.0.1:9400"),
            ("WORKER_LOG", "debug"),
        ]);
        let workers = device_workers(&source, &all_gpus(2)).unwrap();
        let [_, second] = workers.as_slice() else {
            panic!("not two")
        };
        for (name, value) in [
            ("WORKER_DEVICE", "cuda:1"),
            ("WORKER_ID", "box-1"),
            ("WORKER_KEY", "key-1"),
            ("WORKER_SPOOL", "/spool/box-1"),
            ("WORKER_METRICS", "127.0.0.1:9401"),
        ] {
            assert!(second.own.contains(&(name, value.to_owned())), "{name}");
            assert_eq!(second.source.get(name).as_deref(), Some(value));
        }
        assert_eq!(second.source.get("WORKER_LOG").as_deref(), Some("debug"));
        assert_eq!(second.source.get("WORKER_CHAT"), None);
    }

    #[test]
    fn names_must_do_for_all_devices_and_may_be_more() {
        let answer = |id: &str, key: &str, metrics: &str, count| {
            let pairs = [
                ("WORKER_ID", id),
                ("WORKER_KEY", key),
                ("WORKER_METRICS", metrics),
            ];
            let workers = device_workers(&source(&pairs), &all_gpus(count));
            workers.map_or_else(
                |error| error.0,
                |workers| format!("{} workers", workers.len()),
            )
        };
        let told = answer("a", "k,l", "", 2);
        assert!(told.starts_with("WORKER_ID: lists 1 for 2"), "{told}");
        let told = answer("a,b", "k", "", 2);
        assert!(told.starts_with("WORKER_KEY: lists 1 for 2"), "{told}");
        let told = answer("a,a", "k,l", "", 2);
        assert!(told.contains("names a twice"), "{told}");
        let told = answer("a,b", "k,l", "127.0.0.1:65535", 2);
        assert!(told.contains("too few ports"), "{told}");
        assert_eq!(answer("a,b", "k,l", "", 1), "1 workers");
    }
}
