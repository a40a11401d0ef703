// No vault on this device yet: how it is made known. Enrolling itself is Flask's page, because it needs the service.

import { htmlResponse, render } from "../render.js";

export const setupPage = () => htmlResponse(render("field/setup/show.njk", { title: "Set up this device" }));
