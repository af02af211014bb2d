int enk_placeholder(void);
