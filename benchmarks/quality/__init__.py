"""Quality at equal seconds: ganframe's recipes beside the field's usual ones, on data that come along."""
