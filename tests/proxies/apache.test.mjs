import { suite } from './suite.mjs';

suite('apache');
