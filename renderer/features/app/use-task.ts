import { useStore } from 'zustand';
import { usePage } from './page.ts';
import type { Task } from './tasks.ts';

/** How a task stands; nothing when it was not begun. */
export const useTask = (key: string): Task | undefined => useStore(usePage().app, state => state.tasks[key]);

export const useBusy = (key: string): boolean => useTask(key)?.is === 'busy';
