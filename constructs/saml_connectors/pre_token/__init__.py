"""The pre token generation trigger's Lambda asset root: one file, standard library, imported by nothing here."""
