//! Why a device cannot be used, and whether trying again may help.

use thiserror::Error;

use crate::said::Bilingual;

/// Why a device cannot be opened, or went away. Every message names the device, what was found and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DeviceError {
    #[error("the sound system cannot be reached: {cause}: check that ALSA is installed and its server runs")]
    NoSoundSystem { cause: String },
    #[error(
        "device:{name}: no input device has this name{}: plug it in, or list those there are with `sansheng devices`",
        near(near_names)
    )]
    NotFound { name: String, near_names: Vec<String> },
    #[error(
        "device:{name}: {} input devices are described so: name one of them: {}",
        names.len(), names.join(", ")
    )]
    Ambiguous { name: String, names: Vec<String> },
    #[error(
        "device:{name}: another program uses it: close that one, or share the device through a sound server"
    )]
    Busy { name: String },
    #[error(
        "device:{name}: cannot be reached: unplugged, switched off, or its sound server is gone: check its cable"
    )]
    Gone { name: String },
    #[error("device:{name}: this user may not use it: add the user to the group `audio` and log in again")]
    Denied { name: String },
    #[error("device:{name}: records nothing: it is an output; list the inputs with `sansheng devices`")]
    NotAnInput { name: String },
    #[error("device:{name}: offers {offered}, not {wanted}: change what is asked of it")]
    Format { name: String, wanted: String, offered: String },
    #[error(
        "device:{name}: its sound server does not answer ({cause}): start PulseAudio or PipeWire as the user who runs \
         this, or name the sound card itself, which needs none: `sansheng devices --all`"
    )]
    NoServer { name: String, cause: String },
    #[error("device:{name}: changed its format: it is opened again")]
    FormatChanged { name: String },
    #[error(
        "device:{name}: {cause}: unplug it and plug it in again; should that not help, restart the machine"
    )]
    Failed { name: String, cause: String },
}

impl DeviceError {
    /// In both languages; what the sound system said stays as it said it.
    pub fn said(&self) -> Bilingual {
        let (name, what) = match self {
            Self::NoSoundSystem { cause } => {
                let zh = format!("无法使用音频系统：{cause}：请检查 ALSA 是否安装、音频服务是否运行");
                return Bilingual::new(self.to_string(), zh);
            }
            Self::NotFound { name, near_names } => {
                let near = match near_names.as_slice() {
                    [] => String::new(),
                    names => format!("（相近的有：{}）", names.join("、")),
                };
                (
                    name,
                    format!(
                        "没有叫这个名字的输入设备{near}：请插上设备，或用 `sansheng devices` 查看现有设备"
                    ),
                )
            }
            Self::Ambiguous { name, names } => {
                (name, format!("有 {} 个输入设备都是这个描述：请指明其一：{}", names.len(), names.join("、")))
            }
            Self::Busy { name } => {
                (name, "正被其他程序占用：请关闭该程序，或通过音频服务共享设备".to_owned())
            }
            Self::Gone { name } => {
                (name, "无法连接：已拔出、已关闭，或音频服务已停止：请检查连线".to_owned())
            }
            Self::Denied { name } => (name, "当前用户无权使用：请将用户加入 `audio` 组后重新登录".to_owned()),
            Self::NotAnInput { name } => {
                (name, "不能录音，是输出设备：请用 `sansheng devices` 查看输入设备".to_owned())
            }
            Self::Format { name, wanted, offered } => {
                (name, format!("支持 {offered}，不支持 {wanted}：请修改所要求的格式"))
            }
            Self::NoServer { name, cause } => (
                name,
                format!(
                    "音频服务没有响应（{cause}）：请以运行本程序的用户启动 PulseAudio 或 PipeWire，或直接指定声卡（不需要\
                     音频服务）：`sansheng devices --all`"
                ),
            ),
            Self::FormatChanged { name } => (name, "音频格式变了：正在重新打开".to_owned()),
            Self::Failed { name, cause } => (name, format!("{cause}：请重新插拔；如仍不行，请重启电脑")),
        };
        Bilingual::new(self.to_string(), format!("设备 {name}：{what}"))
    }

    /// Whether it may pass by itself, so that trying again soon is worth it. Where it may not, somebody must do
    /// something first, and trying now and then is enough.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::NoSoundSystem { .. }
            | Self::NotFound { .. }
            | Self::Busy { .. }
            | Self::Gone { .. }
            | Self::FormatChanged { .. }
            | Self::NoServer { .. }
            | Self::Failed { .. } => true,
            Self::Ambiguous { .. } | Self::Denied { .. } | Self::NotAnInput { .. } | Self::Format { .. } => {
                false
            }
        }
    }
}

/// Whether an error of the sound system means that nobody answers at a sound server's socket: there is no server, or
/// it is another user's.
pub(super) fn is_refusal(cause: &str) -> bool {
    cause.contains("ECONNREFUSED") || cause.to_ascii_lowercase().contains("connection refused")
}

fn near(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    format!(" (near it: {})", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_refuses_is_told_from_a_card_that_fails() {
        for (cause, refuses) in [
            ("ALSA function 'snd_pcm_open' failed with error 'Connection refused (111)'", true),
            ("Unknown errno (ECONNREFUSED)", true),
            ("ALSA function 'snd_pcm_open' failed with error 'Input/output error (5)'", false),
        ] {
            assert_eq!(is_refusal(cause), refuses, "{cause}");
        }
    }

    #[test]
    fn each_fault_is_said_in_both_languages_and_names_the_device_and_what_was_found() {
        let (name, cause) = ("hw:2".to_owned(), "EIO".to_owned());
        let named = |name: String| {
            [
                DeviceError::NotFound { name: name.clone(), near_names: vec!["hw:1".to_owned()] },
                DeviceError::Ambiguous { name: name.clone(), names: vec!["hw:3".to_owned()] },
                DeviceError::Busy { name: name.clone() },
                DeviceError::Gone { name: name.clone() },
                DeviceError::Denied { name: name.clone() },
                DeviceError::NotAnInput { name: name.clone() },
                DeviceError::Format {
                    name: name.clone(),
                    wanted: "7 Hz".to_owned(),
                    offered: "9 Hz".to_owned(),
                },
                DeviceError::NoServer { name: name.clone(), cause: "EIO".to_owned() },
                DeviceError::FormatChanged { name: name.clone() },
                DeviceError::Failed { name, cause: "EIO".to_owned() },
            ]
        };
        for fault in named(name).into_iter().chain([DeviceError::NoSoundSystem { cause }]) {
            let Bilingual { en, zh } = fault.said();
            for part in ["hw:1", "hw:2", "hw:3", "7 Hz", "9 Hz", "EIO"] {
                assert_eq!(zh.contains(part), en.contains(part), "{part}: {en} / {zh}");
            }
            assert!(zh.contains('：') && en.is_ascii(), "{en} / {zh}");
        }
    }
}
