/** How a terminal line treats what passes it; names as `stty` has them. */
export interface Termios {
  icanon: boolean;
  echo: boolean;
  echoe: boolean;
  echok: boolean;
  echoctl: boolean;
  isig: boolean;
  iexten: boolean;
  icrnl: boolean;
  inlcr: boolean;
  igncr: boolean;
  istrip: boolean;
  ixon: boolean;
  opost: boolean;
  onlcr: boolean;
  noflsh: boolean;
  tostop: boolean;
  hupcl: boolean;
  clocal: boolean;
  cread: boolean;
  crtscts: boolean;
  cstopb: boolean;
  parenb: boolean;
  parodd: boolean;
  brkint: boolean;
  ignbrk: boolean;
  inpck: boolean;
  ignpar: boolean;
  parmrk: boolean;
  imaxbel: boolean;
  ixany: boolean;
  ixoff: boolean;
  iutf8: boolean;
  echonl: boolean;
  echoke: boolean;
  echoprt: boolean;
  /** Bytes a read waits for outside canonical mode. */
  min: number;
  /** Tenths of a second a read waits outside canonical mode. */
  time: number;
  speed: number;
  bits: 5 | 6 | 7 | 8;
}

export type Flag = { [K in keyof Termios]: Termios[K] extends boolean ? K : never }[keyof Termios];

/** As agetty leaves a serial line to a login. */
export const sane: Termios = {
  icanon: true,
  echo: true,
  echoe: true,
  echok: true,
  echoctl: true,
  isig: true,
  iexten: true,
  icrnl: true,
  inlcr: false,
  igncr: false,
  istrip: false,
  ixon: true,
  opost: true,
  onlcr: true,
  noflsh: false,
  tostop: false,
  hupcl: true,
  clocal: true,
  cread: true,
  crtscts: false,
  cstopb: false,
  parenb: false,
  parodd: false,
  brkint: true,
  ignbrk: false,
  inpck: false,
  ignpar: false,
  parmrk: false,
  imaxbel: true,
  ixany: false,
  ixoff: false,
  iutf8: true,
  echonl: false,
  echoke: true,
  echoprt: false,
  min: 1,
  time: 0,
  speed: 115_200,
  bits: 8,
};

/** The flags of a group of `stty -a`, in its order. */
export const flagGroups: readonly (readonly Flag[])[] = [
  ['parenb', 'parodd', 'hupcl', 'cstopb', 'cread', 'clocal', 'crtscts'],
  ['ignbrk', 'brkint', 'ignpar', 'parmrk', 'inpck', 'istrip', 'inlcr', 'igncr', 'icrnl', 'ixon', 'ixoff'],
  ['ixany', 'imaxbel', 'iutf8'],
  ['opost', 'onlcr'],
  ['isig', 'icanon', 'iexten', 'echo', 'echoe', 'echok', 'echonl', 'noflsh', 'tostop', 'echoprt', 'echoctl'],
  ['echoke'],
];
export const allFlags: readonly Flag[] = flagGroups.flat();

/** Words of `stty` that set several flags at once. */
export const combinations: Readonly<Record<string, Partial<Termios>>> = {
  raw: {
    ignbrk: false,
    brkint: false,
    ignpar: false,
    parmrk: false,
    inpck: false,
    istrip: false,
    inlcr: false,
    igncr: false,
    icrnl: false,
    ixon: false,
    ixoff: false,
    ixany: false,
    imaxbel: false,
    opost: false,
    isig: false,
    icanon: false,
    min: 1,
    time: 0,
  },
  '-raw': {
    brkint: true,
    ignpar: true,
    istrip: false,
    icrnl: true,
    ixon: true,
    opost: true,
    isig: true,
    icanon: true,
  },
  cbreak: { icanon: false, min: 1, time: 0 },
  '-cbreak': { icanon: true },
  nl: { icrnl: false, onlcr: false },
  '-nl': { icrnl: true, inlcr: false, igncr: false, onlcr: true },
  crt: { echoe: true, echoctl: true, echoke: true },
  evenp: { parenb: true, parodd: false, bits: 7 },
  '-evenp': { parenb: false, bits: 8 },
  pass8: { parenb: false, istrip: false, bits: 8 },
  litout: { parenb: false, istrip: false, opost: false, bits: 8 },
  ek: {},
  decctlq: { ixany: false },
};
