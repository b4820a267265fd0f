//! Resampler. In: mono samples at the source's rate. Out: mono samples at 16 kHz, delay removed.
//! Allocates: in `new` only.
//!
//! An FFT resampler with one linear-phase filter: what it writes depends on the samples alone, not on how
//! they were cut into blocks, because it always works on whole blocks of its own size.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _, ResamplerConstructionError, WindowFunction};

use crate::units::SAMPLE_RATE_HZ;

/// Least length of the anti-aliasing filter, in output samples: its stop band then begins at 8 kHz and its
/// pass band ends above 7.5 kHz. It sets the latency too: one block and a half, 48 ms at common rates.
const FILTER_SAMPLES_MIN: usize = 512;

pub(super) struct Resampler {
    fft: Fft<f32>,
    input: Vec<f32>,
    /// Samples of `input` that wait for the block to fill.
    filled: usize,
    output: Vec<f32>,
    /// Output samples still to be dropped: the delay of the filter.
    delay_left: usize,
}

impl Resampler {
    pub(super) fn new(rate_hz: u32) -> Result<Self, ResamplerConstructionError> {
        let block = block_samples(rate_hz);
        let (rate_in, rate_out) = (rate_hz as usize, SAMPLE_RATE_HZ as usize);
        let window = WindowFunction::BlackmanHarris2;
        let fft = Fft::new_custom(rate_in, rate_out, block, 1, 1, window, FixedSync::Both)?;
        Ok(Self {
            input: vec![0.0; fft.input_frames_max()],
            filled: 0,
            output: vec![0.0; fft.output_frames_max()],
            delay_left: fft.output_delay(),
            fft,
        })
    }

    /// Takes one sample; when it completes a block, returns what came out. Real-time: no allocation, lock,
    /// log or syscall.
    pub(super) fn push(&mut self, sample: f32) -> &[f32] {
        self.input[self.filled] = sample;
        self.filled += 1;
        if self.filled < self.input.len() {
            return &[];
        }
        self.filled = 0;
        let made = self.convert();
        let dropped = self.delay_left.min(made);
        self.delay_left -= dropped;
        &self.output[dropped..made]
    }

    fn convert(&mut self) -> usize {
        let (samples_in, samples_out) = (self.input.len(), self.output.len());
        let input = InterleavedSlice::new(self.input.as_slice(), 1, samples_in);
        let output = InterleavedSlice::new_mut(self.output.as_mut_slice(), 1, samples_out);
        let (Ok(input), Ok(mut output)) = (input, output) else {
            unreachable!("a view of a whole buffer has the size of the buffer")
        };
        match self.fft.process_into_buffer(&input, &mut output, None) {
            Ok((_, made)) => made,
            Err(fault) => unreachable!("the resampler refused buffers of the sizes it asked for: {fault}"),
        }
    }
}

/// Input samples in a block: the least whole number of rate periods that is long enough for the filter and
/// even, since the centre of an odd filter lies between two samples.
fn block_samples(rate_hz: u32) -> usize {
    let common = gcd(rate_hz, SAMPLE_RATE_HZ);
    let (period_in, period_out) = ((rate_hz / common) as usize, (SAMPLE_RATE_HZ / common) as usize);
    let periods = FILTER_SAMPLES_MIN.div_ceil(period_out);
    period_in * if period_in % 2 == 1 { periods.next_multiple_of(2) } else { periods }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
