// Loaded before a process (`--import`): its wall clock, and nothing else, is DATE_SHIFT_MS off. `DATE_SHIFT_ON=SIGUSR2`: right at
// first, off from that signal on, which it answers with the line `date shifted`. Timers and performance.now() stay as they are.
const RealDate = Date;
let shiftMs = 0;
const shift = () => {
  shiftMs = Number(process.env.DATE_SHIFT_MS);
};
const now = () => RealDate.now() + shiftMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [now()] : given, made),
  get: (target, name) => (name === 'now' ? now : target[name]),
});

const signal = process.env.DATE_SHIFT_ON;
if (signal === undefined) shift();
else
  process.on(signal, () => {
    shift();
    process.stdout.write('date shifted\n');
  });
