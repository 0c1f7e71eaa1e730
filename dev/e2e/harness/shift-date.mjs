// Loaded into a process by `--import`. It shifts the wall clock of the process by DATE_SHIFT_MS. With `DATE_SHIFT_ON=SIGUSR2` the
// clock is right at first and shifted from that signal on; then the line `date shifted` is printed. Timers and performance.now()
// do not change.
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
