// Every text of the pages: a key, then Chinese and English side by side, so that neither can be forgotten.
import { COMMON } from "./words/common.js";
import { HALL } from "./words/hall.js";
import { REVIEW } from "./words/review.js";
import { RECORD } from "./words/record.js";
import { MANAGE } from "./words/manage.js";

/** @type {Record<string, [string, string]>} */
export const WORDS = { ...COMMON, ...HALL, ...REVIEW, ...RECORD, ...MANAGE };
