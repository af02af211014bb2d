int enc_placeholder(void);
