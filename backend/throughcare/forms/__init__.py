"""Forms: FHIR R4 Questionnaires, published once and never changed, with the device's own engine run beside them."""
