"""Small tables as older versions of pandas pickled them, whose names have changed since."""

from __future__ import annotations

OLD = {
    "1.5.3, protocol 2": (
        "c-nPTZF|!;6m`-hTg}TDuVn+u#ux!c7#m~VfOTW69T)<LmzhBjvZGX99VN$-Y5P3nVf)aA{)_z={uJLpl9P78"
        "&<E?vx;i@N_+I~Aj{8iunQFwnj5j(N>vI1x(`?Q~@Q(k3(g5XpSn)iMb{8^Cym2CtnrD)ws?lYVE$~eFm(pIm"
        "c)eKpsEpHTnnY?d->13kC-Gv+X=D%hsKzqy_E!qrZl3CdWf@!XX~yH8R65IJ?W0y?`3BSN;)B3j#fLGCdu<*o"
        "pGzC~m<&sXaRfiCnK@-Tk!P@F4O<De4Y8fzqk2#ZDnWS-J4TRgz0x-)KMu?0#Elv3Tz@{qE`r_lV8Wq2#hzxf"
        "dG(bU?h(vt?2Xo2*jI01svdX-vCPF(3;PShI*H`?Wd7Mp&kYB%j8D1P??Q$H;((|LC*hzlybcjeTV4~ZI4lYx"
        "$qYWTL_Q}tGA42XU%W}g(>NNfi^*`x?3Rn$you3V8O``o7z2(G)HRMrVw!85h+;~kJTYcVN_~|kv2oy}QBny?"
        "LwrSWDku-pAUG|mW2RqQre_Ggu}n+W!EeP8d-;z4Tsod{)?WG@!8wiZBXQCIS1t4m!4DStM}qU4&=)N9MS`C;"
        "pl3%mbY}3gwc!_nOU4HAt^vO~19p1j@#5dvjR2P|i{A+5H0CXfYEZK*ekZtMSzILuhPc+k_4-@o-R8?&H6o_C"
        "PbFWXSL_=f&G)B`GHwiTv#5f$=_lM8OC(m}ZGt;iVr><7#coqU_li`e5{W-T--H=|lJKQFd|4w5x7b1$^+3{-"
        "xF2q{DNHW%wrMP-75;REZYnwA86JdHvrvL%91qQRZbc4Wnx@91X1)eW@L2r62m`^hBsMzqxw9iNY=EdPHZ;Um"
        "Lz{qG4dqpIHoyPd0}Ix9L6B(t6$y9wB0<X6&?S(?f5kK&dg0{AEB6;d->qqvYvv3@3z<{Jw9XXN0NN?0os=yo"
        "<O4hj_u1_<?JX(V&ikgAndUTQ5l<DCo~t}+yas-2gDL"
    ),
    "1.5.3, protocol 4": (
        "c-oCqU5gVj6rGuN>c=kbE}|9|R1l=P&<7FmL0GV&tb-Llz^5`~X3{2fCM}taZNWu-*pEWq_WJ*P@;CUVH<>AR"
        "+kG&UOw!zY&OJ9L-|9bp)f_wY&X|aV<n4GQX}d2;MnPYBK@@pu*JtqHI~+nw*TZZeLEl~u=R#2_NSe1ZBFKQs"
        "9Q5Y%bQBNYlzU9qH>->=<x&1G1@u-}h%t|cDGei&V}fspA{)<2^sGn~CsL9bqK1;jBatgv#L5KvHW2hB#I_-4"
        "5I9HBaU(c^_s|O5pdNU~z_zrXsM**k(casqFh4ENYufz+-EQ~w9~^cH_7z0)9<=ZmI0)cTcBf~g_qm|(>g(^S"
        "W$qLxyQ^IS>>j(ub__AQzM!q)rl~!Cj_TP8m1C$nO|L|Bs>^Wd)fe!X-KRL~%Td9x4+0zJ=P8e=Rf^(V10Hy0"
        "W*h5exK{ncd1t$}LSn%mA%g#Z7$~N{B!=x>BxSqA{<**SRxEzdSY|l^)6nL56D4#?^L9jXwBFTF&`Ee;{zIYc"
        "o%R=NYr+JL3G0P6aI-tNcSUk85Ju9^oK8N{sRF&hE93AH9&Jh@hBQGt<_eqIKqE!yRO~Jzl7ek|T^R3oi(}K6"
        "4|?~adNGem9wXO*P){B&mB~J>SLhv;m*K1o+oq&sqGrN}hIYj_XrwOQW0+Azto9xjN|eHvc8Ily{ge#s@)k+c"
        "(IgL(VvHssiiRnPC_b~(yolO=0YtlTLj"
    ),
    "2.2.3, protocol 2": (
        "c-nPT+jbK-6dgOZ+YA)als4fG<>qiPq&GqfgaS<p(>O&9FwnZHW-Le3jAieUh9qk>3wTIO{(^t$PxXyTvYiyV"
        "(8K6xbk5d3Tj%ISG43+iWU3Z-GG1$Ctj+zqOtU#>!JB%C!Ul@fu;h6jZ7*jSc`G83nrD)ws@7(bE%QwIx6@9%"
        "vd~}oC=K0dnnY^X->13kCh<zjX=DR@lw+B<yX!UTfZKVh6P9Ic-KQCkJ5uQ^kF}3V-_19mZWkW}-X=bbO<0r1"
        "%IDG=K1RcWp&Y>vD`rlaPUJN9Y+*0KM?LH#*k26_K`AJ1VQc`|)azXn`Egh@5sNbz-+tA@Cj<wo!H7fq3!m2O"
        "_4{wkaGzjS<FjbHfr)AZlhwd8h(#_Y8#vfktd&TPL-Wu7@!W7AYdFlsL1!`?5l2KtxD<{G!|NEqam#CD6DLHU"
        "NHT+ymdNJ>r-nqX<Mi7^JdHEawipd3&2F)Onm00-OM@9_g%RK!K~-Za634m5`6#9|$`d2Dq|{ew5*r0Bm`qAR"
        "p@)kEmx5vsHG<2cJY;&sGMy&)!ZIyb1-}%h?BQeoIdnMVD|_hI1m9>}jl=~5T(;0N1lKI|w*=qqLSMJgHwbR-"
        "K+g_jXwBf3mEn7W+eQZQe*x||0mi-I`1|$jj)A+D#Sa8?8uOM#IjC3`KN8%tEbbEoJ^a+bLiL^cZt^v*Y7tZ1"
        "r;@MId-jiy`up7m9*Z0JxnBiM(@=OYOp(|We<4`1DONV|P#iE7^r-L3R3h;>^o^PEX9-_j;%gdVxW^X4pa+tU"
        "#FKEZbzyRaH%(_Lt?<+px~b%dXZSTNn}rfA<M_?ob0c!_(sVU`ujgB!1b>LSFeF)3>~M=Lx0s-5xfM6TcklJx"
        "ftFQtnLubHk#L}Y60Gnoqy+8$gJBv9G8`Rf;GP$B+?uwzW=@!H18{7a)|o=K0p&8Gt&}Y*=ndrIgxyZl&Z?r#"
        "ylaY-X--oX@l@g2E0ssJe*xdQbjJ"
    ),
    "2.2.3, protocol 4": (
        "c-oCqU5gVj6rGuN>c=kbE`k;W6$GgY^Wc*Y!h#h=2P=NzQwf<)x(S_0%Oqo4a8V!jqmZ|~{u_UcKf^b@$xN}^"
        "`d}!Tq`CK;oSSpMHoyO9cy5@z36&{T(O_J#Xjsskfw}aQYWmEr&*0uSIE0RAlKh|mb8|IZNX-gKGZp1j(gRi~"
        "FxyYE@nH0-+GD!8R%eh*B<gPpm>p8ei5QGBMiQIjf@PUc<`Hr5d6{WJi-OJ(mK1C-mP!}pK-<XBMS{72;4b70"
        "V($pLegY@(7CNyXH{;+K_>KuvJ)c-9CV2e_7N^yD!}y<}*XzCfjl)gxzJ_GchYtQ?4*>$kZ}qMAp^yxofB99{"
        "%%1_{w~bGM-{DvIo+aj2m$VJsv`rw+Q9WLx@+?)i9aM;3{Tg1g{sJEJy9{S@F)0PsL1M*1m5Bj!N>Q9|!Q;Tr"
        "d~5R>zEgjH(cNvVkvQ;&h!FlC28tQ3h~W?ZC1tn5{<**W)+}M%T4gx_ThR7-7o}{*RFqJK-n&dBo01pyKNQN}"
        "m~gpvE=<vxuzArIZf-2xTTvw>!W8V2VAJ<(ron89+Bjm2N81IJBbK5cmBymB&`1ed6|2i>!N3*0DXsZ?<*_Zy"
        "JN^N=`NvJ#;Havww>F&iv`S}o!uCNAVrSX=FT0H7Oj9SQkL*-y?4Lut5E*9lz%8%SEE`W1Ny`boJk^Y3G-230"
        "r>ab%KaMP5kN"
    ),
}
