// eslint-disable-next-line no-control-regex -- what a terminal would act on is what is looked for here
const escapes = /\u001b(?:\[[0-9;?]*[A-Za-z]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

/** A text from outside without colours and other escape sequences: none of them may reach a screen or a comparison. */
export const withoutEscapes = (text: string): string => text.replaceAll(escapes, '');
