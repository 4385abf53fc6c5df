/** The node does not answer any more: the adapter was pulled, or nothing that makes sense comes back. */
export class LineDown extends Error {
  readonly why: 'pulled' | 'silent';
  constructor(why: 'pulled' | 'silent') {
    super(`the line is ${why}`);
    this.why = why;
  }
}
