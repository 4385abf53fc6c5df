import { createContext, useContext } from 'react';
import { en } from './en.ts';
import type { Words } from './en.ts';

/** The language the page speaks; a second language is a second value of the same type. */
export const WordsContext = createContext<Words>(en);
export const useWords = (): Words => useContext(WordsContext);
