import { call, enterWorld, listen, standing, tryAgain, watchStanding, world } from './bridge/index.ts';
import { start } from './start.tsx';

start({ world, enterWorld, call, listen, standing, watch: watchStanding, again: tryAgain });
