"""What a merchant rule can do: one file per effect, named as in the rule; each offers `EFFECT` (`_effect.Effect`). Its
settings are a struct of that tag in `lingxi.domain.merchandising`."""
