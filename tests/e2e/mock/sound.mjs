// A clip that sounds and looks like speech: a buzzing voice, a burst for each character, silence between. 16 kHz, 16 bits.

const RATE = 16_000;

/** @returns {Buffer} a WAV file of the stretch between `startUs` and `endUs` with a burst at each of `spans` */
export function speech(startUs, endUs, spans, silenced = []) {
  const samples = new Int16Array(Math.round(((endUs - startUs) / 1e6) * RATE));
  const at = (us) => Math.round(((us - startUs) / 1e6) * RATE);
  for (let i = 0; i < samples.length; i++) samples[i] = (Math.random() - 0.5) * 260;
  for (const [from, to] of spans) {
    const [first, last] = [Math.max(0, at(from)), Math.min(samples.length, at(to))];
    const pitch = 110 + ((from / 1000) % 7) * 9;
    const formant = 500 + ((from / 1000) % 11) * 90;
    for (let i = first; i < last; i++) {
      const t = i / RATE;
      const along = (i - first) / (last - first);
      const loud = Math.sin(Math.PI * along) ** 0.6 * (0.55 + 0.45 * Math.sin(from));
      let value = 0;
      for (let harmonic = 1; harmonic < 14; harmonic++) {
        const hz = harmonic * pitch * (1 - 0.15 * along);
        value += Math.sin(2 * Math.PI * hz * t) / (1 + Math.abs(hz - formant) / 180);
      }
      samples[i] += Math.max(-30000, Math.min(30000, value * loud * 6500));
    }
  }
  for (const [from, to] of silenced) samples.fill(0, Math.max(0, at(from)), Math.min(samples.length, at(to)));
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([head, Buffer.from(samples.buffer)]);
}
