"""The delegation's side: its enrolment request, the registrar's answer, and its folder."""
