const binary: Readonly<Record<string, number>> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
const decimal: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
};

/**
 * Bytes of a Kubernetes quantity: `3514400`, `3432Ki`, `1.5M`, `2e3`; a plain number stays itself. Rounded up, as
 * Kubernetes does. Nothing when it is no quantity or below zero.
 */
export function quantityBytes(raw: unknown): number | undefined {
  if (typeof raw === 'number') return Number.isFinite(raw) && raw >= 0 ? Math.ceil(raw) : undefined;
  if (typeof raw !== 'string') return undefined;
  const parts = /^\+?(\d+(?:\.\d*)?|\.\d+)(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(raw.trim());
  if (!parts) return undefined;
  const [, digits = '', exponent, suffix = ''] = parts;
  if (exponent !== undefined) return Math.ceil(Number(digits + exponent));
  const unit = binary[suffix] ?? decimal[suffix];
  // A product such as 1.1 × 1000 is not exact in binary; what is within a millionth of a whole number is that number.
  const product = unit === undefined ? Number.NaN : Number(digits) * unit;
  const whole = Math.round(product);
  if (Number.isNaN(product)) return undefined;
  return Math.abs(product - whole) < 1e-6 ? whole : Math.ceil(product);
}
