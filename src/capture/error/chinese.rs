//! What is wrong with a recording, in Chinese beside the English. Pure. What the system or a decoder said stays as it was said.

use super::{CaptureError, CaptureWarning, Oddity};
use crate::capture::{CHANNELS_MAX, RATE_HZ_MAX, RATE_HZ_MIN};
use crate::said::Bilingual;

impl CaptureError {
    pub fn said(&self) -> Bilingual {
        let (path, what) = match self {
            Self::Open { path, source } => (path, format!("无法打开：{source}：请检查路径和读取权限")),
            Self::NotAFile { path, found } => (path, format!("不是文件（{found}）：请给出录音文件的路径")),
            Self::Empty { path } => {
                (path, "文件为空：录音设备没有写入内容，或复制失败：请重新复制".to_owned())
            }
            Self::NotAudio { path, found } => {
                (path, format!("不是音频，内容是：{found}：请使用 WAV、FLAC、MP3 或 OGG Vorbis 录音"))
            }
            Self::Unsupported { path, found } => (
                path,
                format!("内容是 {found}，这里不能解码：请先转换，例如 ffmpeg -i INPUT -ar 16000 OUTPUT.wav"),
            ),
            Self::Header { path, found } => {
                (path, format!("文件头无法解析：{found}：请重新导出，或用 ffmpeg -i INPUT OUTPUT.wav 修复"))
            }
            Self::Rate { path, rate_hz } => (
                path,
                format!(
                    "采样率 {rate_hz} Hz 超出 {RATE_HZ_MIN} 至 {RATE_HZ_MAX} Hz：如文件头无误，请重采样，例如 ffmpeg -i \
                     INPUT -ar 16000 OUTPUT.wav；否则请重新导出"
                ),
            ),
            Self::Channels { path, channels } => (
                path,
                format!(
                    "声道数为 {channels}，超出 1 至 {CHANNELS_MAX}：文件头已损坏，或需要把每个窗口的声道分别导出"
                ),
            ),
            Self::NoSuchChannel { path, asked, channels } => (
                path,
                format!(
                    "共 {channels} 个声道，从 0 数起，没有第 {asked} 声道：请用 --clerk-channel 和 --visitor-channel \
                     指定已有的声道"
                ),
            ),
            Self::NoSamples { path, found } => {
                let found = found.as_ref().map_or_else(String::new, |found| format!("（{found}）"));
                (path, format!("只有文件头，没有任何声音{found}：录音没有录成，或无法解码：请重新复制或导出"))
            }
            Self::FormatChange { path, at_s, from, to } => {
                (path, format!("{at_s:.1} 秒处格式由 {from} 变为 {to}：请在此处拆成两个文件"))
            }
            Self::Read { path, at_s, source } => {
                (path, format!("{at_s:.1} 秒处读取失败：{source}：请检查磁盘，并重新复制文件"))
            }
            Self::DecoderBroke { path, at_s } => (
                path,
                format!(
                    "{at_s:.1} 秒处解码中断，该处数据已损坏：请用 ffmpeg -i INPUT OUTPUT.wav 修复，或从该处截断"
                ),
            ),
            Self::NoRecordings { path, extensions } => {
                (path, format!("该目录下没有录音：查找的扩展名为 {extensions}"))
            }
        };
        Bilingual::new(self.to_string(), format!("{}：{what}", path.display()))
    }
}

impl CaptureWarning {
    pub fn said(&self) -> Bilingual {
        Bilingual::new(self.to_string(), format!("{}：{}", self.path.display(), self.oddity.chinese()))
    }
}

impl Oddity {
    fn chinese(&self) -> String {
        match self {
            Self::Shorter { promised_s, held_s } => {
                format!("文件头标明 {promised_s:.1} 秒，实际只有 {held_s:.1} 秒：已读取现有部分")
            }
            Self::Longer { promised_s, held_s } => {
                format!("文件头标明 {promised_s:.1} 秒，实际有 {held_s:.1} 秒：已读到结尾")
            }
            Self::LengthUnknown => "文件头没有时长，录音被中断或为流式写入：已读到结尾".to_owned(),
            Self::CutShort { at_s } => format!("在 {at_s:.1} 秒处中断，数据不完整：已读取现有部分"),
            Self::Undecodable { at_s, lost_s: Some(lost_s), cause } => {
                format!("{at_s:.1} 秒处有 {lost_s:.3} 秒无法解码（{cause}）：按未听到计")
            }
            Self::Undecodable { at_s, lost_s: None, cause } => {
                format!("{at_s:.1} 秒处有一段长度不明的音频无法解码（{cause}）：已跳过")
            }
            Self::MoreUndecodable { places, lost_s } => {
                format!("另有 {places} 处共 {lost_s:.1} 秒无法解码：未听到")
            }
            Self::Leap { at_s, by_s } => format!("{at_s:.1} 秒处位置跳跃 {by_s:.0} 秒：按连续读取"),
            Self::BlockAlign { said, used } => {
                format!("文件头标明每块 {said} 字节，按声道和位数应为 {used}：按 {used} 读取")
            }
            Self::StrayBytes { bytes } => format!("结尾多出 {bytes} 字节，不足一个采样：已舍去"),
            Self::NotNumbers { samples, first_s } => {
                format!("{samples} 个采样不是数值，首个在 {first_s:.1} 秒处：已换为静音")
            }
            Self::OverScale { peak } => {
                format!("采样值达到满幅的 {peak:.0} 倍：音量读数偏高；请重新导出")
            }
            Self::DigitalSilence { channel: None } => "全程为数字静音：请检查录音设备的连接".to_owned(),
            Self::DigitalSilence { channel: Some(channel) } => {
                format!("第 {} 声道全程为数字静音：请检查其麦克风", channel.0)
            }
            Self::Checksum => "解码结果与编码时的校验值不符：文件被改动过".to_owned(),
        }
    }
}
