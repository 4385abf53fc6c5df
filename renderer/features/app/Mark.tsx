/** The app's mark, the same drawing as the icon: a power sign whose stroke is an arm of an ice crystal. */
export const Mark = ({ size }: { readonly size: number }) => (
  <svg className="mark" width={size} height={size} viewBox="0 0 64 64" aria-hidden>
    <rect width="64" height="64" rx="14" fill="#0b4a66" />
    <g fill="none" stroke="#fff" strokeWidth="5" strokeLinecap="round" strokeLinejoin="round">
      <path d="M20.2 21.5a17.5 17.5 0 1 0 23.6 0" />
      <path d="M32 10v25" stroke="#8fe0ff" />
      <path d="m25 14.5 7 6 7-6M25.5 24l6.5 5.5 6.5-5.5" stroke="#8fe0ff" strokeWidth="4" />
    </g>
  </svg>
);
