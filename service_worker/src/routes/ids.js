// Ids are made where the record is made.

import { v5 } from "uuid";

export { newId } from "../store/ids.js";

/** Two tablets make the same alert from the same answer: its id says which. @param {string} assessment_id @param {string} alert */
export const alertId = (assessment_id, alert) => v5(alert, assessment_id);
