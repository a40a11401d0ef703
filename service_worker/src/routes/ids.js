// Ids are made where the record is made.

import { v5, v7 } from "uuid";

/** @returns {string} a new record's id */
export const newId = () => v7();

/** Two tablets make the same alert from the same answer: its id says which. @param {string} assessment_id @param {string} alert */
export const alertId = (assessment_id, alert) => v5(alert, assessment_id);
