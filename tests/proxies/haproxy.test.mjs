import { suite } from './suite.mjs';

suite('haproxy');
