// The name of a hall: the city's own, in English that of the hall's rules where they have one.

import { language } from "/pages/shared/frame.js";
import { named } from "/pages/shared/text.js";

export const called = (name, english) => named({ zh: name, en: english }, language);
